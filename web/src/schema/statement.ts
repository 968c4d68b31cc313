// Bodies of signed kinds (protocol/schema/signed.proto). Only for making statements and for reading what the trusted core has
// verified; bytes of a peer are never read with this before.
export * from './generated/signed_pb';
