// Folding of Vietnamese text, for search and for names that pretend to an office.

const confusables: Readonly<Record<string, string>> = {
  đ: 'd',
  ð: 'd',
  // Cyrillic and Greek letters that look like Latin ones
  а: 'a',
  α: 'a',
  в: 'b',
  с: 'c',
  ϲ: 'c',
  е: 'e',
  ε: 'e',
  һ: 'h',
  н: 'h',
  і: 'i',
  ι: 'i',
  ј: 'j',
  к: 'k',
  κ: 'k',
  м: 'm',
  п: 'n',
  η: 'n',
  о: 'o',
  ο: 'o',
  р: 'p',
  ρ: 'p',
  ѕ: 's',
  т: 't',
  τ: 't',
  υ: 'u',
  ν: 'v',
  х: 'x',
  χ: 'x',
  у: 'y',
  ɡ: 'g',
  ł: 'l',
  ı: 'i',
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '@': 'a',
  $: 's',
};

/** Lower case, without marks: "Tạm trú" and "tam tru" become the same, đ becomes d. Digits stay. */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/[đð]/g, 'd').replace(/\s+/g, ' ').trim();
}

/** As `fold`, and letters of other scripts, digits and signs that look like a Latin letter become that letter. */
export function foldConfusables(text: string): string {
  return [...fold(text)].map((letter) => confusables[letter] ?? letter).join('');
}

// Whole words, because "Cả" and "Công" are given names too.
const officialWords = [
  'cong an',
  'canh sat',
  'csgt',
  'cskv',
  'cshs',
  'ca phuong',
  'ca quan',
  'ca khu vuc',
  'ca tp',
  'ca tphcm',
  'ca xa',
  'to truong',
  'khu pho truong',
  'truong khu pho',
  'uy ban',
  'ubnd',
  'truc ban',
  'cong an vien',
  'bo cong an',
  'can bo',
  'quan tri',
  'dan phong',
  'dieu tra vien',
  'police',
  'xom',
];
const joined = officialWords.filter((word) => word.length >= 6).map((word) => word.replace(/ /g, ''));
// Shields, police cars and officers, check marks, stars: what a badge could be mistaken for.
const officialSigns =
  /[\u{1F6E1}\u{1F46E}\u{1F693}\u{1F694}\u{1F6A8}\u{1F396}\u{1F3C5}\u2705\u2714\u2713\u2611\u2605\u2B50]/u;

/** A typed name that could be taken for an official's. Whoever calls this has found no chain behind the name. */
export function looksOfficial(name: string): boolean {
  if (officialSigns.test(name)) return true;
  const letters = foldConfusables(name.replace(/[\u200B-\u200F\u2060\uFEFF\u00AD]/g, ''));
  const words = letters.replace(/[^a-z0-9]+/g, ' ').trim();
  const spaced = ` ${words} `;
  if (officialWords.some((word) => spaced.includes(` ${word} `))) return true;
  // "C.ô.n.g A.n", "congan", "Công_an": the words without what stands between the letters.
  const bare = words.replace(/ /g, '');
  return joined.some((word) => bare.includes(word) && !innocent(spaced, word));
}

/** "Công Anh" and "Tô Trương" hold an office's letters only across the border of longer words. */
function innocent(spaced: string, word: string): boolean {
  const tokens = spaced.trim().split(' ');
  if (tokens.some((token) => token.includes(word))) return false;
  return tokens.every((token) => token.length > 1);
}
