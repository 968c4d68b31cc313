import { describe, expect, it } from 'vitest';
import { arrangeAlerts, headlineOf, levels, spokenText } from '../../src/model/alerts.js';
import {
  fieldsOf,
  fromAlert,
  fromTemplate,
  LONGEST,
  offeredLevels,
  previewOf,
  problemsOf,
  templates,
} from '../../src/model/publish.js';
import { alertOf, NOW, units } from './fixtures.js';

const ids = (alerts: readonly { id: string }[]) => alerts.map((alert) => alert.id).join(' ');

describe('order of alerts', () => {
  it('is by level, then newest first; drills stand below everything real', () => {
    const { live } = arrangeAlerts([
      alertOf({ id: 'drill', level: 'DIỄN TẬP', sent: NOW }),
      alertOf({ id: 'info', level: 'TIN', sent: NOW }),
      alertOf({ id: 'old-warning', sent: NOW - 10 }),
      alertOf({ id: 'new-warning', sent: NOW }),
      alertOf({ id: 'extreme', level: 'KHẨN CẤP', sent: NOW - 99 }),
      alertOf({ id: 'notice', level: 'LƯU Ý', sent: NOW }),
    ]);
    expect(ids(live)).toBe('extreme new-warning old-warning notice info drill');
  });
  it('never shows what the core refused', () => {
    const { live, past } = arrangeAlerts([
      alertOf({ verified: 'unverified' }),
      alertOf({ verified: 'unverified', expired: true }),
      alertOf({ id: 'checking', verified: 'checking' }),
    ]);
    expect(ids(live)).toBe('checking');
    expect(past).toEqual([]);
  });
  it('keeps the expired apart, and a cancelled one among the live', () => {
    const { live, past } = arrangeAlerts([
      alertOf({ id: 'gone', expired: true }),
      alertOf({ id: 'off', cancelled: true }),
    ]);
    expect(ids(live)).toBe('off');
    expect(ids(past)).toBe('gone');
  });
  it('does not change the list that it was given', () => {
    const given = [alertOf({ id: 'a', level: 'TIN' }), alertOf({ id: 'b' })];
    arrangeAlerts(given);
    expect(ids(given)).toBe('a b');
  });
});

describe('a drill', () => {
  it('has the word in its title, once', () => {
    expect(headlineOf(alertOf({ level: 'DIỄN TẬP', headline: 'Cháy chợ' }))).toBe('DIỄN TẬP – Cháy chợ');
    expect(headlineOf(alertOf({ level: 'DIỄN TẬP', headline: 'Diễn tập: cháy chợ' }))).toBe('Diễn tập: cháy chợ');
    expect(headlineOf(alertOf({ level: 'DIỄN TẬP', headline: '[Diễn tập] cháy'.normalize('NFD') }))).not.toMatch(
      /^DIỄN TẬP –/,
    );
    expect(headlineOf(alertOf())).toBe(alertOf().headline);
  });
  it('says so first when it is read aloud', () => {
    expect(spokenText(alertOf({ level: 'DIỄN TẬP' }))).toMatch(/^DIỄN TẬP\. /);
  });
  it('is signed as a drill whatever level was picked', () => {
    const form = { ...fromTemplate(templates[0] ?? expect.fail(), ''), drill: true };
    expect(fieldsOf(form, NOW).level).toBe('DIỄN TẬP');
  });
});

describe("the publisher's form", () => {
  const office = { office: 'publisher' as const, units: [], name: 'Trần Quốc Bảo', nodeName: 'Công an Quận 12' };
  const form = fromTemplate(templates[0] ?? expect.fail(), '028 3715 0000');
  it('offers no level that needs a second signature', () => {
    expect(offeredLevels).not.toContain('KHẨN CẤP');
    for (const template of templates) expect(offeredLevels).toContain(template.level);
  });
  it('is complete for the first template, as for a warning at night', () => {
    expect(problemsOf(form)).toEqual([]);
    const fields = fieldsOf(form, NOW);
    expect(fields.instructions).toHaveLength(3);
    expect(fields.expires).toBe(NOW + 24 * 3_600_000);
    expect(fields.units).toEqual([]);
  });
  it('names each thing that is missing', () => {
    const empty = { ...form, headline: ' ', instructions: ['', ' ', ''] as const, everywhere: false };
    expect(problemsOf(empty).map((problem) => problem.field)).toEqual(['headline', 'instructions', 'area']);
    expect(problemsOf({ ...form, headline: 'x'.repeat(LONGEST.headline + 1) })).toHaveLength(1);
  });
  it('signs NFC without blank lines', () => {
    const fields = fieldsOf({ ...form, headline: ' Cháy '.normalize('NFD'), instructions: ['', ' Chạy ', ''] }, NOW);
    expect(fields.headline).toBe('Cháy');
    expect(fields.instructions).toEqual(['Chạy']);
  });
  it('previews the very words, with the names of the places', () => {
    const fields = fieldsOf({ ...form, everywhere: false, units: ['kp1/to5'] }, NOW);
    const card = previewOf(fields, office, units, NOW);
    expect(card.areas).toEqual(['Tổ dân phố 5']);
    expect(card.headline).toBe(form.headline);
    expect(card.issuerName).toBe('Công an Quận 12');
  });
  it('names the alert that it updates or cancels', () => {
    expect(fieldsOf(fromAlert(alertOf(), 'cancel'), NOW).replaces).toEqual({ id: 'a1', as: 'cancel' });
    expect(problemsOf({ ...fromAlert(alertOf({ instructions: [] }), 'cancel') })).toEqual([]);
  });
});

it('each level has a word, a class and a rank of its own', () => {
  const all = Object.values(levels);
  for (const part of ['id', 'word', 'rank'] as const)
    expect(new Set(all.map((level) => level[part])).size).toBe(all.length);
});
