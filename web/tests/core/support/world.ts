// A parent, a ward below it and its people, around one fake node; time runs twenty times as fast.
import 'fake-indexeddb/auto';
import { readFileSync } from 'node:fs';
import { toHex } from '../../../src/core/bytes.js';
import type { Clock, Transport } from '../../../src/core/env.js';
import { makeLink } from '../../../src/core/links.js';
import * as st from '../../../src/schema/statement';
import { loadCore, type Core as Trust } from '../../../src/trust';
import { FakeNode } from './fake_node.js';
import { Person, random, wasm } from './person.js';
import { officialLog, publicKey, sign } from './statements.js';

const speed = 20;
const t0 = Date.now();
const clock: Clock = {
  now: () => t0 + (Date.now() - t0) * speed,
  after: (ms, call) => {
    const timer = setTimeout(call, ms / speed);
    return () => clearTimeout(timer);
  },
};
export const now = () => clock.now();
const day = 24 * 3600 * 1000;

export class World {
  readonly rootSeed = random(32);
  readonly root = publicKey(this.rootSeed);
  readonly rootNodeSeed = random(32);
  readonly wardSeed = random(32);
  readonly ward = publicKey(this.wardSeed);
  readonly node = new FakeNode(this.ward);
  readonly people: Person[] = [];
  private static count = 0;
  private readonly number = World.count++;

  constructor(readonly trust: Trust) {
    const certificate = (
      issuerSeed: Uint8Array,
      authority: Uint8Array,
      nodeKey: Uint8Array,
      name: string,
      level: string,
    ) =>
      sign(
        st.Kind.CERTIFICATE,
        st.CertificateSchema,
        { issuer: publicKey(issuerSeed), authority, nodeKey, name, level, notBefore: BigInt(now() - day) },
        issuerSeed,
      );
    const rootName = 'Công an Quận 12';
    this.node.publish(
      this.root,
      certificate(this.rootSeed, this.root, publicKey(this.rootNodeSeed), rootName, 'Quận'),
      this.rootNodeSeed,
    );
    this.node.publish(
      this.root,
      certificate(this.rootSeed, this.ward, this.node.nodeKey, 'Công an phường Tân Chánh Hiệp', 'Phường'),
      this.rootNodeSeed,
    );
    const unit = (id: string, parent: string, level: string, name: string) =>
      sign(st.Kind.UNIT, st.UnitSchema, { issuer: this.ward, unit: id, parent, level, name }, this.wardSeed);
    this.node.publish(this.ward, unit('kp1', '', 'Khu phố', 'Khu phố 1'));
    this.node.publish(this.ward, unit('kp1/to5', 'kp1', 'Tổ dân phố', 'Tổ dân phố 5'));
  }

  static async make(): Promise<World> {
    return new World(await loadCore(new Uint8Array(readFileSync(wasm))));
  }

  async person(name: string, transport: Transport = this.node): Promise<Person> {
    const person = await new Person(
      { url: 'ws://fake/ws', transport, clock, trust: this.trust },
      `${name}-${this.number}`,
    ).open();
    this.people.push(person);
    return person;
  }

  invitation(office: st.Office, units: string[]): string {
    const seed = random(32);
    const statement = sign(
      st.Kind.INVITATION,
      st.InvitationSchema,
      { issuer: this.ward, key: publicKey(seed), office, units, name: 'Bà Tư', expires: BigInt(now() + day) },
      this.wardSeed,
    );
    return makeLink({ kind: 'invitation', root: this.trust.rootFingerprint(this.root), seed, statement });
  }
  appoint(account: string, office: st.Office, units: string[], name: string, byRoot = false): void {
    const seed = byRoot ? this.rootSeed : this.wardSeed;
    const statement = sign(
      st.Kind.APPOINTMENT,
      st.AppointmentSchema,
      {
        issuer: publicKey(seed),
        account: Uint8Array.from(Buffer.from(account, 'hex')),
        office,
        units,
        name,
        notBefore: BigInt(now() - day),
      },
      seed,
    );
    this.node.publish(byRoot ? this.root : this.ward, statement, byRoot ? this.rootNodeSeed : undefined);
  }

  /** A cell leader with an office and a group. */
  async leader(): Promise<Person> {
    const leader = await this.person('leader');
    await leader.core.acceptInvitation(this.invitation(st.Office.CELL_LEADER, ['kp1/to5']), 'Bà Tư');
    await leader.until('request', () => leader.state.join.step === 'waiting-appointment');
    this.appoint(leader.state.me?.account ?? '', st.Office.CELL_LEADER, ['kp1/to5'], 'Nguyễn Thị Tư');
    await leader.until('appointed', () => leader.state.join.step === 'appointed');
    await leader.core.createGroup('kp1/to5');
    await leader.until('the group', () => this.node.logs.has(leader.group));
    return leader;
  }
  async resident(name: string, link: string, transport?: Transport): Promise<Person> {
    const person = await this.person(name, transport);
    await person.core.openLink(link.split('#')[1] as string);
    await person.core.join(name);
    return person;
  }
  async member(leader: Person, name: string, transport?: Transport): Promise<Person> {
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 12');
    const person = await this.resident(name, link, transport);
    await person.until('membership', () => person.state.join.step === 'joined');
    return person;
  }
  close(): void {
    for (const p of this.people) p.close();
  }
  readonly wardOfficial = toHex(officialLog(this.ward));
}
