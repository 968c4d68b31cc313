// Who this device is: an account key and a device key, made here and kept in the store.
import type { DeviceIdentity } from '../mls/engine.js';
import { must } from '../trust/result.js';
import type { Key, Core as Trust } from '../trust/types.js';
import type { IdentityRecord } from './store.js';

export class Identity {
  private constructor(
    readonly record: IdentityRecord,
    readonly account: Key,
    readonly device: Key,
  ) {}

  static load(trust: Trust, record: IdentityRecord): Identity {
    return new Identity(
      record,
      must(trust.keyFromSeed(record.accountSeed)),
      must(trust.keyFromSeed(record.deviceSeed)),
    );
  }

  static make(trust: Trust, name: string): Identity {
    const account = trust.generateKey();
    const device = trust.generateKey();
    const deviceList = must(
      trust.make('deviceList', { account: account.publicKey, version: 1n, devices: [device.publicKey] }, account),
    );
    const profile = must(trust.make('profile', { account: account.publicKey, version: 1n, name }, account));
    const record: IdentityRecord = {
      accountSeed: account.seed(),
      deviceSeed: device.seed(),
      deviceList,
      profile,
      name,
      registered: false,
    };
    return new Identity(record, account, device);
  }

  /** `name` was checked (Core.isAllowedText). */
  renamed(trust: Trust, name: string, version: number): Identity {
    const profile = { account: this.account.publicKey, version: BigInt(version), name };
    return this.with({ name, profile: must(trust.make('profile', profile, this.account)) });
  }

  with(change: Partial<IdentityRecord>): Identity {
    return new Identity({ ...this.record, ...change }, this.account, this.device);
  }

  get own() {
    return { account: this.account.publicKey, device: this.device.publicKey, key: this.device };
  }
  get mls(): DeviceIdentity {
    return { account: this.account.publicKey, key: this.device };
  }
}
