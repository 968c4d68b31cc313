// Names that people type and that look like an official's (UX: "The badge"). Compared after folding accents, case, and the
// usual confusables; a hint for residents, never a refusal.

const confusables: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '@': 'a',
  '|': 'i',
  $: 's',
  а: 'a', // Cyrillic
  с: 'c',
  е: 'e',
  о: 'o',
  р: 'p',
  х: 'x',
  п: 'n',
  ո: 'n',
};
const marks = /[\u{1F6E1}\u{1F46E}\u{1F693}\u{1F694}\u2705\u2714\u2713\u2611\u2B50\u{1F396}]/u;
const words = ['congan', 'canhsat', 'caphuong', 'caquan', 'trucban', 'totruong', 'khuvuc', 'uyban', 'ubnd'];

export function fold(name: string): string {
  return [...name.normalize('NFKD').toLowerCase()]
    .map((c) => confusables[c] ?? c)
    .join('')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('đ', 'd')
    .replace(/[^a-z]/g, '');
}

export function looksOfficial(name: string): boolean {
  const folded = fold(name);
  return marks.test(name) || /^CA(?![a-zà-ỹđ])/u.test(name.trim()) || words.some((w) => folded.includes(w));
}
