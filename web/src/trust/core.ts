// The module's functions with types (types.ts has their contracts).
import { fromBinary } from '@bufbuild/protobuf';
import * as schema from '../schema/generated/core_pb';
import { VoucherSchema } from '../schema/generated/signed_pb';
import { type Answered, fillRandom, type Module } from './module';
import { must, type Result } from './result';
import type {
  AdmissionClaim,
  Bytes,
  CheckedHeader,
  Core,
  Cursor,
  Entry,
  Invitation,
  JoinRequest,
  Key,
  LogHead,
  Opened,
  ValueKind,
  Values,
  VerifiedVoucher,
  Verifier,
  Voucher,
} from './types';
import { decodeBody, encodeBody, kindOf, plain } from './values';
import { standing, WasmVerifier } from './verifier';

const none = new Uint8Array();

function map<A, B>(result: Result<A>, f: (value: A) => B): Result<B> {
  return result.ok ? { ok: true, value: f(result.value) } : result;
}

class WasmKey implements Key {
  readonly publicKey: Bytes;
  private disposed = false;
  constructor(
    readonly module: Module,
    private readonly address: number,
  ) {
    this.publicKey = must(module.call('xom_key_public', address)).bytes;
  }
  get handle(): number {
    if (this.disposed) throw new Error('the key was disposed of');
    return this.address;
  }
  sign(message: Bytes): Bytes {
    return must(this.module.call('xom_key_sign', this.handle, message)).bytes;
  }
  seed(): Bytes {
    return must(this.module.call('xom_key_seed', this.handle)).bytes;
  }
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.module.release('xom_key_free', this.address);
  }
}

/** For the parts of the client that stand on the same module instance. */
export function handleOf(key: Key, module: Module): number {
  if (!(key instanceof WasmKey) || key.module !== module) throw new Error('a key of another core');
  return key.handle;
}

function opened<K extends ValueKind>(kind: K, answer: Result<Answered>): Result<Opened<Values[K]>> {
  return map(answer, ({ bytes }) => {
    const m = fromBinary(schema.OpenedSchema, bytes);
    return {
      id: m.id,
      value: decodeBody(kind, m.body),
      signers: m.signers.map((s) => ({
        key: s.key,
        account: s.account.length === 0 ? undefined : s.account,
        listVersion: s.listVersion,
      })),
    };
  });
}

function verifiedVoucher(answer: Result<Answered>): Result<VerifiedVoucher> {
  return map(answer, ({ bytes }) => {
    const m = fromBinary(schema.VerifiedVoucherSchema, bytes);
    if (m.voucher === undefined) throw new Error('the core left out a part of its answer');
    return {
      id: m.id,
      voucher: plain<Voucher>(VoucherSchema, m.voucher),
      inviterDevice: m.device,
      inviterListVersion: m.listVersion,
    };
  });
}

export function borderOf(core: Core): Module {
  if (!(core instanceof WasmCore)) throw new Error('another core');
  return core.module;
}

export class WasmCore implements Core {
  constructor(readonly module: Module) {}

  random(size: number): Bytes {
    const out = new Uint8Array(size);
    fillRandom(out);
    return out;
  }
  generateKey(): Key {
    return new WasmKey(this.module, Number(must(this.module.call('xom_key_generate')).detail));
  }
  keyFromSeed(seed: Bytes): Result<Key> {
    return map(this.module.call('xom_key_from_seed', seed), (a) => new WasmKey(this.module, Number(a.detail)));
  }
  verifySignature(publicKey: Bytes, message: Bytes, signature: Bytes): boolean {
    return must(this.module.call('xom_verify', publicKey, message, signature)).detail === 1n;
  }
  sha256(bytes: Bytes): Bytes {
    return must(this.module.call('xom_sha256', bytes)).bytes;
  }

  make<K extends ValueKind>(kind: K, value: Values[K], key: Key, deviceList: Bytes = none): Result<Bytes> {
    const body = encodeBody(kind, value);
    return map(
      this.module.call('xom_statement_make', kindOf(kind), body, handleOf(key, this.module), deviceList),
      (a) => a.bytes,
    );
  }
  addSignature(statement: Bytes, key: Key, deviceList: Bytes = none): Result<Bytes> {
    return map(
      this.module.call('xom_statement_add_signature', statement, handleOf(key, this.module), deviceList),
      (a) => a.bytes,
    );
  }
  open<K extends ValueKind>(kind: K, statement: Bytes): Result<Opened<Values[K]>> {
    return opened(kind, this.module.call('xom_statement_open', kindOf(kind), statement));
  }
  openSelfSigned<K extends ValueKind>(kind: K, statement: Bytes): Result<Opened<Values[K]>> {
    return opened(kind, this.module.call('xom_statement_open_self_signed', kindOf(kind), statement));
  }
  readBody<K extends ValueKind>(kind: K, body: Bytes): Result<Values[K]> {
    return map(this.module.call('xom_body_check', kindOf(kind), body), (a) => decodeBody(kind, a.bytes));
  }
  isAllowedText(text: string, lines = false): boolean {
    return must(this.module.call('xom_text_allowed', new TextEncoder().encode(text), lines ? 1 : 0)).detail === 1n;
  }

  verifyVoucher(statement: Bytes): Result<VerifiedVoucher> {
    return verifiedVoucher(this.module.call('xom_voucher_verify', statement));
  }
  verifyJoinRequest(joinRequest: Bytes, voucher: Bytes): Result<JoinRequest> {
    return map(this.module.call('xom_join_request_verify', joinRequest, voucher), (a) =>
      decodeBody('joinRequest', a.bytes),
    );
  }
  checkAdmission(voucher: Bytes, joinRequest: Bytes, claim: AdmissionClaim): Result<VerifiedVoucher> {
    const { group, keyPackage, account, committerTime } = claim;
    return verifiedVoucher(
      this.module.call('xom_admission_check', voucher, joinRequest, group, keyPackage, account, BigInt(committerTime)),
    );
  }
  verifyInvitation(statement: Bytes, issuer: Bytes, now: number): Result<Opened<Invitation>> {
    return opened('invitation', this.module.call('xom_invitation_verify', statement, issuer, BigInt(now)));
  }

  officialLog(node: Bytes): Bytes {
    return this.idOfKey(1, node);
  }
  postsLog(node: Bytes): Bytes {
    return this.idOfKey(2, node);
  }
  inboxLog(device: Bytes): Bytes {
    return this.idOfKey(3, device);
  }
  rootFingerprint(root: Bytes): Bytes {
    return this.idOfKey(4, root);
  }
  entryHash(kind: number, writer: Bytes, entryId: bigint, payload: Bytes): Bytes {
    return must(this.module.call('xom_entry_hash', kind, writer, entryId, payload)).bytes;
  }
  checkEntry(log: Bytes, after: Cursor, entry: Entry, nodeKey: Bytes): Result<CheckedHeader> {
    const { header, kind, writer, entryId, payload } = entry;
    return map(
      this.module.call('xom_entry_check', log, after.seq, after.hash, header, kind, writer, entryId, payload, nodeKey),
      (a) => standing(a.bytes),
    );
  }
  verifyHead(statement: Bytes, nodeKey: Bytes): Result<LogHead> {
    return map(this.module.call('xom_head_verify', statement, nodeKey), (a) => standing(a.bytes));
  }
  createVerifier(root: Bytes): Result<Verifier> {
    return map(this.module.call('xom_verifier_new', root), (a) => new WasmVerifier(this.module, Number(a.detail)));
  }

  private idOfKey(what: number, key: Bytes): Bytes {
    return must(this.module.call('xom_id_of_key', what, key)).bytes;
  }
}
