// The chain of trust as this device has it: the pinned root, the official logs below it, and the node that it belongs to.
import type { TrustWarning } from '../api/boundary.js';
import type * as wire from '../schema/wire';
import { equal } from './bytes.js';
import type { Kernel } from './kernel.js';
import { limits } from './limits.js';
import { type OfficialEvents, OfficialLogs } from './official.js';
import { Batch } from './store.js';
import type { Follower } from './sync.js';

export interface ChainEvents extends Pick<OfficialEvents, 'learned'> {
  warn(kind: TrustWarning['kind'], detail: string): void;
}

export class Chain {
  official: OfficialLogs | null = null;
  pinnedRoot: Uint8Array | null = null;
  /** The node that this client belongs to: kept, so that another one at its address is noticed. */
  nodeId: Uint8Array | null = null;

  /** Since when the node, whenever it answered, offered nothing of the pinned root. */
  private unknownSince: number | null = null;

  constructor(
    private readonly kernel: Kernel,
    private readonly follower: Follower,
    private readonly events: ChainEvents,
  ) {}

  async load(): Promise<void> {
    this.pinnedRoot = (await this.kernel.store.meta('pinnedRoot')) ?? null;
    this.nodeId = (await this.kernel.store.meta('node'))?.id ?? null;
    await this.open();
  }

  /**
   * For ever once the chain from it has reached this node: another root is another world. Before that another code's root
   * takes its place, so that nobody is locked out of the ward by a false code that was only looked at.
   * False: another root is pinned for ever.
   */
  async pin(root: Uint8Array): Promise<boolean> {
    if (this.pinnedRoot !== null && equal(this.pinnedRoot, root)) return true;
    if (this.nodeId !== null) return false;
    await this.leave();
    await this.kernel.store.write(new Batch().meta('pinnedRoot', root));
    this.pinnedRoot = root;
    await this.open();
    return true;
  }

  /** Lets go of a root that this node has known nothing of for a while; true if it did so now. */
  async giveUp(): Promise<boolean> {
    if (this.nodeId !== null || this.official === null || this.official.offered === null) return false;
    const now = this.kernel.clock.now();
    this.unknownSince = this.official.offered ? null : (this.unknownSince ?? now);
    if (this.unknownSince === null || now - this.unknownSince < limits.rootUnknown) return false;
    await this.leave();
    await this.kernel.store.write(new Batch().removeMeta('pinnedRoot'));
    return true;
  }

  /** Keys that may sign this node's headers; none while the chain does not reach it. */
  nodeKeys(): readonly Uint8Array[] {
    return (this.nodeId && this.official?.node(this.nodeId)?.nodeKeys) || [];
  }

  /** Is who asks the node of our chain? Nothing of it is believed before. */
  async recognise(challenge: wire.Challenge): Promise<boolean> {
    const { official, nodeId } = this;
    if (nodeId !== null && !equal(nodeId, challenge.nodeId)) {
      this.events.warn('wrong-node', 'another node answers at this address');
      return false;
    }
    if (official?.node(challenge.nodeId) === undefined) return false; // not certified (yet)
    if (!official.verifier.isNodeKey(challenge.nodeId, challenge.nodeKey)) {
      this.events.warn('wrong-node', 'the node’s key is not the certified one');
      return false;
    }
    if (nodeId === null) {
      await this.kernel.store.write(new Batch().meta('node', { id: challenge.nodeId }));
      this.nodeId = challenge.nodeId;
    }
    return true;
  }

  private async leave(): Promise<void> {
    const { official } = this;
    this.official = null;
    this.pinnedRoot = null;
    this.unknownSince = null;
    await official?.close(this.follower);
  }

  private async open(): Promise<void> {
    if (this.pinnedRoot === null) return;
    const official = await OfficialLogs.open(this.kernel, this.pinnedRoot, {
      learned: (alert) => this.events.learned(alert),
      forked: (detail) => this.events.warn('forked', detail),
    });
    this.official = official ?? null;
    if (official === undefined) this.events.warn('no-trust', 'the pinned root is no fingerprint');
  }
}
