import { describe, expect, it } from 'vitest';
import { type Key, tables, translate } from '../../src/i18n/index.js';
import { fold, looksOfficial } from '../../src/model/fold.js';
import { colourOf, dateTime, initials, telHref } from '../../src/model/format.js';
import { chromeIntent, fragmentOf, isWebView } from '../../src/model/links.js';

describe('words', () => {
  const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
  it('have the same places in every language, and none is empty', () => {
    for (const key of Object.keys(tables.vi) as Key[]) {
      expect(tables.en[key].trim(), key).not.toBe('');
      expect(places(tables.en[key]), key).toEqual(places(tables.vi[key]));
    }
  });
  it('are NFC', () => {
    for (const table of Object.values(tables))
      for (const text of Object.values(table)) expect(text).toBe(text.normalize('NFC'));
  });
  it('take values as they are, once', () => {
    expect(translate('vi', 'home.openGroup', { group: '{group} $& <b>' })).toBe('Mở nhóm {group} $& <b>');
  });
});

describe('fold', () => {
  it('finds "Tạm trú" by "tam tru", and đ by d', () => {
    expect(fold('  Tạm   TRÚ ')).toBe('tam tru');
    expect(fold('Đường Đỗ Đức')).toBe('duong do duc');
  });
});

describe('names that look official', () => {
  it.each([
    'Công an phường',
    'CÔNG AN',
    'cong an p. Thoi An',
    'CA phường Tân Chánh Hiệp',
    'C.ô.n.g A.n',
    'Công_an',
    'Cоng аn', // Cyrillic о and а
    'Ｃông ａn', // full width
    'c0ng 4n',
    'Công\u200Ban',
    'Cảnh sát khu vực',
    'Anh Nam \u{1F6E1}',
    'Nam ✅',
    'Tổ trưởng tổ 5',
    'UBND phường',
    'Công Ân', // a resident may be called so; the flag is a hint, and marks can be lost on purpose
  ])('%s is flagged', (name) => expect(looksOfficial(name)).toBe(true));
  it.each([
    'Nguyễn Văn Công',
    'Trần Công Anh',
    'Bà Sáu nhà số 12',
    'Cô Lan',
    'Phan Công Anh Khang',
    'Cả Đẹt',
    'Lê Trực',
    '',
  ])('%s is not', (name) => expect(looksOfficial(name)).toBe(false));
});

describe('format', () => {
  const at = (hours: number, minutes: number, day = 24) => new Date(2026, 10, day, hours, minutes).getTime();
  it('says the day in words when it is near', () => {
    expect(dateTime('vi', at(22, 47), at(23, 0))).toBe('22:47 hôm nay');
    expect(dateTime('vi', at(23, 59, 23), at(0, 1))).toBe('23:59 hôm qua');
    expect(dateTime('vi', at(6, 5, 25), at(23, 0))).toBe('06:05 ngày mai');
    expect(dateTime('vi', at(6, 5, 1), at(23, 0))).toBe('06:05, 01/11');
  });
  it('knows a Vietnamese name by its first and last word', () => {
    expect(initials('Nguyễn Thị Ánh')).toBe('NÁ');
    expect(initials('đức')).toBe('Đ');
    expect(initials('12')).toBe('');
    expect(initials('Cô Ba nhà số 5')).toBe('CB');
    expect(initials('Số')).toBe('S');
  });
  it('gives different people different colours', () => {
    const colours = new Set(Array.from({ length: 16 }, (_, i) => colourOf(i.toString(16).repeat(64), 8)));
    expect(colours.size).toBeGreaterThan(4);
  });
  it('dials only what is a number', () => {
    expect(telHref('028 3715 0000')).toBe('tel:02837150000');
    expect(telHref('hỏi tổ trưởng')).toBeNull();
    expect(telHref('*21*0900000000#')).toBe('tel:210900000000');
  });
});

describe('links', () => {
  const code = `j.${'a'.repeat(43)}.${'b'.repeat(43)}.${'c'.repeat(300)}`;
  it('are read from a whole address or from the code alone', () => {
    expect(fragmentOf(` https://xom.test/vao#${code}\n`)).toBe(code);
    expect(fragmentOf(code)).toBe(code);
  });
  it('without a code are refused', () => {
    for (const text of ['', 'https://xom.test/vao', '#short', 'xin chào', `${code} ${code}`])
      expect(fragmentOf(text)).toBeNull();
  });
  it('are not spent inside another app', () => {
    const android = 'Mozilla/5.0 (Linux; Android 12; SM-A035F';
    expect(
      isWebView(`${android}; wv) AppleWebKit/537.36 Version/4.0 Chrome/120.0 Mobile Safari/537.36 Zalo android/1234`),
    ).toBe(true);
    expect(isWebView(`${android}) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36`)).toBe(false);
    expect(chromeIntent('https://xom.test', '/vao', code)).toBe(
      `intent://xom.test/vao#${code}#Intent;scheme=https;package=com.android.chrome;end`,
    );
  });
});
