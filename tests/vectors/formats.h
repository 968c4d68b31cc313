// The formats, one function each.
#pragma once

#include "tests/vectors/check.h"

namespace xom::vectors {

void tree_math(Check& check);
void deserialization(Check& check);
void crypto_basics(Check& check);
void secret_tree(Check& check);
void message_protection(Check& check);
void key_schedule(Check& check);
void psk_secret(Check& check);
void transcript_hashes(Check& check);
void welcome(Check& check);
void tree_operations(Check& check);
void tree_validation(Check& check);
void tree_kem(Check& check);
void messages(Check& check);
void passive_client(Check& check);

}  // namespace xom::vectors
