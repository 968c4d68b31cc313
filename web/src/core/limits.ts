// All limits and times of the core, with unit and reason.
export const limits = {
  /** ms: the first reconnect; doubled each time */
  reconnectFirst: 500,
  /** ms: no longer than this between tries, so that a warning is not late after an outage */
  reconnectMost: 20_000,
  /** ms: first and longest wait before a log that could not be read is tried again on the same connection */
  retryFirst: 3000,
  retryMost: 120_000,
  /** ms: a node that the chain does not reach yet is looked up again after this */
  recogniseAgain: 10_000,
  /** ms that a node may offer nothing of a code's root before the code is told to be of another place: long enough for a ward
   *  that is just being set up */
  rootUnknown: 60_000,
  /** ms: an answer that takes longer means a dead connection (slow 4G answers in seconds) */
  requestTimeout: 20_000,
  /** ms between pings, below the idle limits of usual proxies (60 s) */
  pingEvery: 25_000,
  /** ms: a clock that is further from the node's is wrong, and the node's counts for an Add; the node allows 10 minutes */
  clockApart: 5 * 60_000,
  /** bytes of entries in one Restore: a frame to the node holds 1 MiB */
  restoreBytes: 512 * 1024,
  /** entries in one Fetch (schema/client.proto) */
  fetchEntries: 256,
  /** entries per group log kept to hand back to a node that was restored from a backup */
  keepEntries: 512,
  /** characters of a draft: one that is too long to be sent is kept, so that it can be shortened */
  draft: 40_000,
  /** characters of a text message: 4,000 is 12 KB of Vietnamese at most */
  text: 4000,
  /** characters of a typed name (RULES: 256 bytes) */
  name: 60,
  /** ms: the leader answers a join request within this, */
  admitLeader: 400,
  /** and other members after it, spread over this */
  admitFirst: 1500,
  admitSpread: 3000,
  /** ms: a commit that cannot be followed is refused within this: one of many devices is enough, and whoever writes meanwhile
   *  makes the commit stand */
  refuseSpread: 500,
  /** ms: a device that a commit removed looks after this whether the commit was taken back */
  backAfter: 3000,
  /** ms: first and longest wait between tries to re-enter */
  reenterFirst: 300,
  reenterMost: 5000,
  /** after so many of them the waits grow up to retryMost */
  reenterQuick: 16,
  /** ms: longest wait before a join request that the node does not take is answered once more */
  postponeMost: 3_600_000,
  /** ms: before a group is entered from outside once more in an epoch in which that was refused; doubled each time. Before it a
   *  member's renewal of the epoch has come, if there will be one. */
  enterAgain: 10_000,
  /** ms: a voucher's life where none is given: 7 days */
  voucherDays: 7,
  /** profiles in one message */
  profiles: 64,
} as const;
