// A code that two members can compare by eye: equal for all members of one epoch (RULES: safety codes include the epoch
// authenticator).

/** 30 digits in groups of five, about 99 bits of the authenticator. */
export function decimalCode(epochAuthenticator: Uint8Array): string {
  const groups: string[] = [];
  for (let i = 0; i < 6; i++) {
    let n = 0;
    for (let j = 0; j < 5; j++) n = n * 256 + (epochAuthenticator[i * 5 + j] ?? 0);
    groups.push(String(n % 100_000).padStart(5, '0'));
  }
  return groups.join(' ');
}
