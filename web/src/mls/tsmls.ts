// Engine on ts-mls 1.6.4 (patched: web/patches). Until the trusted core's own MLS takes its place, this is the only file
// that knows the library.
import type {
  CiphersuiteImpl,
  ClientConfig,
  ClientState,
  KeyPackage,
  MLSMessage,
  Proposal,
  PublicMessage,
} from 'ts-mls';
import { createGroup, decodeGroupState, encodeGroupState, joinGroup } from 'ts-mls/clientState.js';
import { createCommit, createGroupInfoWithExternalPubAndRatchetTree } from 'ts-mls/createCommit.js';
import { createApplicationMessage } from 'ts-mls/createMessage.js';
import { generateKeyPackageWithKey, makeKeyPackageRef, verifyKeyPackage } from 'ts-mls/keyPackage.js';
import { encodeMlsMessage } from 'ts-mls/message.js';
import { processPrivateMessage, processPublicMessage } from 'ts-mls/processMessages.js';
import { emptyPskIndex } from 'ts-mls/pskIndex.js';
import { encodeRequiredCapabilities } from 'ts-mls/requiredCapabilities.js';
import type {
  AddedLeaf,
  CommitFacts,
  Decrypted,
  DeviceIdentity,
  Engine,
  GroupState,
  Judge,
  Leaf,
  MlsResult,
  NewCommit,
  NewKeyPackage,
} from './engine.js';
import { leafExtensionType, limits, policyExtensionType } from './engine.js';
import { identityDecrypt, identityEncrypt } from './identity.js';
import { concat, equal, makeSuite } from './suite.js';
import {
  accountOf,
  asLeaf,
  decode,
  encodePrivate,
  extensionOf,
  guarded,
  leafAt,
  leavesOf,
  policyOf,
  privateOf,
  Refusal,
} from './tsmls_read.js';

/** Set by the bundler; written out at each use, so that a normal build drops the branch and what it calls. */
declare const __IDENTITY_CRYPTO__: boolean;

const hour = 3600;
const none = new Uint8Array();

interface State extends GroupState {
  readonly mls: ClientState;
}
const inner = (state: GroupState) => (state as State).mls;

const config: ClientConfig = {
  // Entries of one epoch come in log order and before the commit that ends it, so no key of a past epoch is kept;
  // within an epoch a sender's generations may have holes where an append failed for good.
  keyRetentionConfig: { retainKeysForGenerations: 64, retainKeysForEpochs: 1, maximumForwardRatchetSteps: 1000 },
  // The lifetime is checked by the clock of the client that makes the Add alone (MLS.md, trap 6).
  lifetimeConfig: { maximumTotalLifetime: BigInt(limits.lifetimeSpan), validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: {
    compareKeyPackages: (a, b) => equal(a.leafNode.signaturePublicKey, b.leafNode.signaturePublicKey),
    compareKeyPackageToLeafNode: (a, b) => equal(a.leafNode.signaturePublicKey, b.signaturePublicKey),
  },
  paddingConfig: { kind: 'padUntilLength', padUntilLength: 256 },
  authService: {
    validateCredential: async (credential) =>
      credential.credentialType === 'basic' && credential.identity.length === 32,
  },
};

function wrap(mls: ClientState): State {
  return {
    mls: mls.historicalReceiverData.size === 0 ? mls : { ...mls, historicalReceiverData: new Map() },
    group: mls.groupContext.groupId,
    epoch: Number(mls.groupContext.epoch),
    self: mls.privatePath.leafIndex,
    active: mls.groupActiveState.kind === 'active',
  };
}

class TsMlsEngine implements Engine {
  constructor(private readonly cs: CiphersuiteImpl) {}

  async makeKeyPackage(identity: DeviceIdentity, extension: Uint8Array, now: number): Promise<NewKeyPackage> {
    const start = BigInt(Math.floor(now / 1000) - hour);
    const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
      { credentialType: 'basic', identity: identity.account },
      {
        versions: ['mls10'],
        ciphersuites: [this.cs.name],
        extensions: [leafExtensionType, policyExtensionType],
        proposals: [],
        credentials: ['basic'],
      },
      { notBefore: start, notAfter: start + BigInt(limits.lifetimeSpan) },
      [],
      { signKey: identity.seed, publicKey: identity.device },
      this.cs,
      [{ extensionType: leafExtensionType, extensionData: extension }],
    );
    return {
      keyPackage: encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: publicPackage }),
      ref: await makeKeyPackageRef(publicPackage, this.cs.hash),
      secret: concat(privatePackage.initPrivateKey, privatePackage.hpkePrivateKey, privatePackage.signaturePrivateKey),
    };
  }

  readKeyPackage(message: Uint8Array): Promise<MlsResult<AddedLeaf>> {
    return guarded(async () => {
      const { keyPackage } = decode(message, 'mls_key_package', limits.commit);
      if (!(await verifyKeyPackage(keyPackage, this.cs.signature))) throw new Refusal('invalid', 'signature');
      return this.added(keyPackage);
    });
  }

  async createGroup(
    group: Uint8Array,
    identity: DeviceIdentity,
    extension: Uint8Array,
    policy: Uint8Array,
    now: number,
  ) {
    const { keyPackage, secret } = await this.makeKeyPackage(identity, extension, now);
    const mls = await createGroup(
      group,
      decode(keyPackage, 'mls_key_package', limits.commit).keyPackage,
      privateOf(secret),
      [
        { extensionType: policyExtensionType, extensionData: policy },
        {
          extensionType: 'required_capabilities',
          extensionData: encodeRequiredCapabilities({
            extensionTypes: [leafExtensionType, policyExtensionType],
            proposalTypes: [],
            credentialTypes: ['basic'],
          }),
        },
      ],
      this.cs,
      config,
    );
    return { state: wrap(mls), groupInfo: await this.groupInfo(mls) };
  }

  joinByWelcome(welcome: Uint8Array, own: NewKeyPackage): Promise<MlsResult<GroupState>> {
    return guarded(async () => {
      const message = decode(welcome, 'mls_welcome', limits.welcome);
      const { keyPackage } = decode(own.keyPackage, 'mls_key_package', limits.commit);
      const mls = await joinGroup(
        message.welcome,
        keyPackage,
        privateOf(own.secret),
        emptyPskIndex,
        this.cs,
        undefined,
        undefined,
        config,
      );
      return wrap(mls);
    });
  }

  add(state: GroupState, keyPackages: readonly Uint8Array[], data: Uint8Array): Promise<MlsResult<NewCommit>> {
    return this.commit(state, data, async () =>
      keyPackages.map((bytes) => {
        const { keyPackage } = decode(bytes, 'mls_key_package', limits.commit);
        return { proposalType: 'add', add: { keyPackage } };
      }),
    );
  }

  remove(state: GroupState, leaves: readonly number[], data: Uint8Array): Promise<MlsResult<NewCommit>> {
    return this.commit(state, data, async () =>
      leaves.map((removed) => ({ proposalType: 'remove', remove: { removed } })),
    );
  }

  process(state: GroupState, commit: Uint8Array, judge: Judge) {
    return guarded(async () => {
      const mls = inner(state);
      const { publicMessage } = decode(commit, 'mls_public_message', limits.commit);
      this.demandEpoch(state, publicMessage.content.groupId, publicMessage.content.epoch);
      const facts = await this.facts(mls, publicMessage);
      const refusal = await judge(facts);
      if (refusal !== null) throw new Refusal('refused', refusal);
      const result = await processPublicMessage(mls, publicMessage, emptyPskIndex, this.cs);
      return { state: wrap(result.newState), facts };
    });
  }

  encrypt(state: GroupState, plaintext: Uint8Array) {
    return guarded(async () => {
      const mls = inner(state);
      if (__IDENTITY_CRYPTO__) return { state, message: encodePrivate(identityEncrypt(mls, plaintext)) };
      const result = await createApplicationMessage(mls, plaintext, this.cs);
      return { state: wrap(result.newState), message: encodePrivate(result.privateMessage) };
    });
  }

  decrypt(state: GroupState, message: Uint8Array): Promise<MlsResult<Decrypted>> {
    return guarded(async () => {
      const mls = inner(state);
      const { privateMessage } = decode(message, 'mls_private_message', limits.message);
      this.demandEpoch(state, privateMessage.groupId, privateMessage.epoch);
      if (privateMessage.contentType !== 'application') throw new Refusal('not-allowed', 'handshakes are public');
      if (__IDENTITY_CRYPTO__) {
        const { sender, plaintext } = identityDecrypt(privateMessage);
        return { state, sender: asLeaf(leafAt(mls, sender), sender), plaintext };
      }
      const result = await processPrivateMessage(mls, privateMessage, emptyPskIndex, this.cs);
      // The patch adds the sender's leaf; without it nobody could check who spoke (MLS.md, trap 11).
      const sender = (result as { senderLeafIndex?: number }).senderLeafIndex;
      if (result.kind !== 'applicationMessage' || sender === undefined) throw new Refusal('invalid', 'no sender');
      return { state: wrap(result.newState), sender: asLeaf(leafAt(mls, sender), sender), plaintext: result.message };
    });
  }

  members(state: GroupState): readonly Leaf[] {
    return leavesOf(inner(state));
  }
  policy(state: GroupState): Uint8Array {
    return policyOf(inner(state));
  }
  epochAuthenticator(state: GroupState): Uint8Array {
    return inner(state).keySchedule.epochAuthenticator;
  }
  save(state: GroupState): Uint8Array {
    return encodeGroupState(inner(state));
  }
  load(bytes: Uint8Array): MlsResult<GroupState> {
    try {
      const read = decodeGroupState(bytes, 0);
      if (read === undefined) return { ok: false, error: { code: 'malformed', detail: 'group state' } };
      return { ok: true, value: wrap({ ...read[0], clientConfig: config }) };
    } catch {
      return { ok: false, error: { code: 'malformed', detail: 'group state' } };
    }
  }

  private demandEpoch(state: GroupState, group: Uint8Array, epoch: bigint): void {
    if (!equal(group, state.group)) throw new Refusal('wrong-group', 'group id');
    if (!state.active) throw new Refusal('removed', 'not a member any more');
    if (epoch < BigInt(state.epoch)) throw new Refusal('past-epoch', epoch.toString());
    if (epoch > BigInt(state.epoch)) throw new Refusal('future-epoch', epoch.toString());
  }

  private async added(keyPackage: KeyPackage): Promise<AddedLeaf> {
    const { leafNode } = keyPackage;
    if (leafNode.leafNodeSource !== 'key_package') throw new Refusal('malformed', 'leaf source');
    return {
      account: accountOf(leafNode),
      device: leafNode.signaturePublicKey,
      extension: extensionOf(leafNode),
      keyPackageRef: await makeKeyPackageRef(keyPackage, this.cs.hash),
      lifetimeSpan: Number(leafNode.lifetime.notAfter - leafNode.lifetime.notBefore),
    };
  }

  private async commit(
    state: GroupState,
    data: Uint8Array,
    make: () => Promise<Proposal[]>,
  ): Promise<MlsResult<NewCommit>> {
    return guarded(async () => {
      const mls = inner(state);
      const result = await createCommit(
        { state: mls, cipherSuite: this.cs },
        {
          wireAsPublicMessage: true,
          extraProposals: await make(),
          ratchetTreeExtension: true,
          authenticatedData: data,
        },
      );
      const pending = wrap(result.newState);
      return {
        pending,
        commit: encodeMlsMessage(result.commit as MLSMessage),
        groupInfo: await this.groupInfo(pending.mls),
        welcome:
          result.welcome === undefined
            ? none
            : encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome: result.welcome }),
      };
    });
  }

  private async groupInfo(mls: ClientState): Promise<Uint8Array> {
    const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(mls, [], this.cs);
    return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_group_info', groupInfo });
  }

  /** What the commit would do, read without believing it yet; refuses every form that Xóm does not use. */
  private async facts(mls: ClientState, message: PublicMessage): Promise<CommitFacts> {
    const { content } = message;
    if (content.sender.senderType !== 'member') throw new Refusal('not-allowed', 'a commit from outside');
    if (content.contentType !== 'commit') throw new Refusal('not-allowed', 'a proposal by itself');
    const committer = leafAt(mls, content.sender.leafIndex);
    const adds: AddedLeaf[] = [];
    const removes: Leaf[] = [];
    for (const item of content.commit.proposals) {
      if (item.proposalOrRefType !== 'proposal') throw new Refusal('not-allowed', 'a proposal by reference');
      const proposal = item.proposal;
      if (proposal.proposalType === 'add' && 'add' in proposal) {
        const added = await this.added(proposal.add.keyPackage);
        if (added.lifetimeSpan <= 0 || added.lifetimeSpan > limits.lifetimeSpan)
          throw new Refusal('not-allowed', 'lifetime of a KeyPackage');
        adds.push(added);
      } else if (proposal.proposalType === 'remove' && 'remove' in proposal) {
        removes.push(asLeaf(leafAt(mls, proposal.remove.removed), proposal.remove.removed));
      } else {
        throw new Refusal('not-allowed', 'kind of proposal');
      }
    }
    // A Remove and an Add of one commit could refill the slot, and the removed member would not notice (trap 5).
    if (adds.length > 0 && removes.length > 0) throw new Refusal('not-allowed', 'Adds and Removes together');
    // RFC 9420, 12.4: a path may be left out only where all proposals are Adds; the library's own check comes second.
    const path = content.commit.path;
    if (adds.length === 0 && path === undefined) throw new Refusal('not-allowed', 'no path');
    if (path !== undefined) {
      const leaf = path.leafNode;
      const same =
        equal(accountOf(leaf), accountOf(committer)) &&
        equal(leaf.signaturePublicKey, committer.signaturePublicKey) &&
        equal(extensionOf(leaf), extensionOf(committer));
      if (!same) throw new Refusal('not-allowed', 'a leaf that changes who it is');
    }
    return {
      group: content.groupId,
      epoch: Number(content.epoch),
      committer: asLeaf(committer, content.sender.leafIndex),
      adds,
      removes,
      authenticatedData: content.authenticatedData,
      members: leavesOf(mls),
      policy: policyOf(mls),
    };
  }
}

export function makeEngine(random: (n: number) => Uint8Array): Engine {
  return new TsMlsEngine(makeSuite(random));
}
