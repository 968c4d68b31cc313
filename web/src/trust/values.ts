// Between the generated messages (int64 as bigint, names of the schema) and the values of types.ts.
import { create, type DescMessage, fromBinary, type Message, ScalarType, toBinary } from '@bufbuild/protobuf';
import * as signed from '../schema/generated/signed_pb';
import { kinds, type ValueKind, type Values } from './types';

const schemas: Record<ValueKind, DescMessage> = {
  certificate: signed.CertificateSchema,
  unit: signed.UnitSchema,
  appointment: signed.AppointmentSchema,
  revocation: signed.RevocationSchema,
  alert: signed.AlertSchema,
  post: signed.PostSchema,
  deviceList: signed.DeviceListSchema,
  profile: signed.ProfileSchema,
  login: signed.LoginSchema,
  voucher: signed.VoucherSchema,
  joinRequest: signed.JoinRequestSchema,
  invitation: signed.InvitationSchema,
  officeRequest: signed.OfficeRequestSchema,
  refusal: signed.RefusalSchema,
};

/** Small counts that are uint64 in the schema but numbers here. */
const counts = new Set(['mostDevices']);

/** Times (int64 in the schema) and counts become numbers, everything else stays. */
export function plain<T>(schema: DescMessage, message: Message): T {
  const out: Record<string, unknown> = {};
  for (const field of schema.fields) {
    const value = (message as unknown as Record<string, unknown>)[field.localName];
    const isNumber = field.scalar === ScalarType.INT64 || counts.has(field.localName);
    if (field.fieldKind === 'list' && field.message !== undefined) {
      const inner = field.message;
      out[field.localName] = (value as Message[]).map((item) => plain(inner, item));
    } else if (isNumber) {
      out[field.localName] = Number(value);
    } else {
      out[field.localName] = value;
    }
  }
  return out as T;
}

/** The body of a statement: text in NFC, in the canonical encoding that the core demands. */
export function encodeBody<K extends ValueKind>(kind: K, value: Values[K]): Uint8Array {
  const schema: DescMessage = schemas[kind];
  return toBinary(schema, create(schema, init(schema, value)));
}

function init(schema: DescMessage, value: object): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const field of schema.fields) {
    const given = (value as Record<string, unknown>)[field.localName];
    if (typeof given === 'string') out[field.localName] = given.normalize('NFC');
    else if (typeof given === 'number' && is64(field.scalar)) out[field.localName] = BigInt(given);
    else if (Array.isArray(given)) out[field.localName] = given.map((item) => initItem(field.message, item));
    else out[field.localName] = given;
  }
  return out;
}
const is64 = (scalar: ScalarType | undefined) => scalar === ScalarType.INT64 || scalar === ScalarType.UINT64;

function initItem(schema: DescMessage | undefined, item: unknown): unknown {
  if (typeof item === 'string') return item.normalize('NFC');
  return schema === undefined ? item : create(schema, init(schema, item as object));
}

/** Of bytes that the core has checked. */
export function decodeBody<K extends ValueKind>(kind: K, body: Uint8Array): Values[K] {
  return plain(schemas[kind], fromBinary(schemas[kind], body));
}

export const kindOf = (kind: ValueKind): number => kinds[kind];
