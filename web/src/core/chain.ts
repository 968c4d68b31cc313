// The chain of trust as this device has it: the pinned root, the official logs below it, and the node that it belongs to.
import type { TrustWarning } from '../api/boundary.js';
import type * as wire from '../schema/wire';
import { equal } from './bytes.js';
import type { Kernel } from './kernel.js';
import { type OfficialEvents, OfficialLogs } from './official.js';
import { Batch } from './store.js';

export interface ChainEvents extends Pick<OfficialEvents, 'learned'> {
  warn(kind: TrustWarning['kind'], detail: string): void;
}

export class Chain {
  official: OfficialLogs | null = null;
  pinnedRoot: Uint8Array | null = null;
  /** The node that this client belongs to: kept, so that another one at its address is noticed. */
  nodeId: Uint8Array | null = null;

  constructor(
    private readonly kernel: Kernel,
    private readonly events: ChainEvents,
  ) {}

  async load(): Promise<void> {
    this.pinnedRoot = (await this.kernel.store.meta('pinnedRoot')) ?? null;
    this.nodeId = (await this.kernel.store.meta('node'))?.id ?? null;
    await this.open();
  }

  /** For ever: another root is another world. Call only while none is pinned. */
  async pin(root: Uint8Array): Promise<void> {
    await this.kernel.store.write(new Batch().meta('pinnedRoot', root));
    this.pinnedRoot = root;
    await this.open();
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
