// What people do on the pages, over the fake core.
import { hex } from './fixtures.js';
import { expect, SITE, shoot, test } from './site.js';

const code = `j.${'a'.repeat(43)}.${'b'.repeat(43)}.${'c'.repeat(300)}`;

test('a resident joins by link: the code leaves address and history, one name, one tap', async ({ site, page }) => {
  await site.open('invited', `/vao#${code}`, 360);
  expect(page.url()).toBe(`${SITE}/vao`);
  expect(await page.evaluate(() => window.core.calls)).toEqual([{ name: 'openLink', args: [code] }]);
  expect(site.fetched.join()).not.toContain(code.slice(0, 20));
  const go = page.getByRole('button', { name: 'VÀO NHÓM' });
  expect((await go.boundingBox())?.height).toBeGreaterThanOrEqual(56);

  await go.click();
  await expect(page.getByRole('alert')).toHaveText('Hãy ghi tên của bạn.');
  await page.getByLabel('Tên của bạn').fill('Công an phường');
  await expect(page.getByText('chưa xác minh')).toBeVisible();
  await page.getByLabel('Tên của bạn').fill(' Bà Sáu ');
  await go.click();
  await expect(page.getByRole('heading', { name: 'Đã gửi yêu cầu vào nhóm' })).toBeVisible();
  expect(await page.evaluate(() => window.core.calls.at(-1))).toEqual({ name: 'join', args: ['Bà Sáu'] });
  await shoot(page, 'join-waiting-360');
});

test.describe('inside another app', () => {
  test.use({
    userAgent: 'Mozilla/5.0 (Linux; Android 12; wv) AppleWebKit/537.36 Chrome/120.0 Mobile Zalo android/1234',
  });
  test('nothing can be spent, and the link can be carried out', async ({ site, page }) => {
    await site.open('invited', `/vao#${code}`, 360);
    await expect(page.getByRole('link', { name: 'Mở bằng Chrome' })).toHaveAttribute(
      'href',
      new RegExp(`^intent://.*${code}`),
    );
    await expect(page.getByRole('button', { name: 'Chép đường dẫn' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'VÀO NHÓM' })).toHaveCount(0);
  });
});

test('an alert: verified shows the badge, checking does not, refused is nowhere', async ({ site, page }) => {
  await site.open('levels', '/', 360);
  const cards = page.locator('article.alert');
  await expect(cards).toHaveCount(6);
  await expect(page.getByText('GIẢ MẠO')).toHaveCount(0);
  const checking = page.locator('article[data-verdict=checking]');
  await expect(checking.locator('.issuer')).toContainText('đang kiểm tra');
  await expect(checking.locator('.issuer-verified')).toHaveCount(0);
  await expect(checking.getByText('đã xác minh')).toHaveCount(0);
  await expect(checking.getByRole('link')).toHaveCount(0);
  const first = cards.first();
  await expect(first.getByText('Công an Quận 12 – đã xác minh')).toBeVisible();
  const words = (await first.textContent()) ?? '';
  const order = [
    'KHẨN CẤP',
    'giả danh',
    'Cần làm gì',
    'Tắt máy ngay',
    'Ở đâu',
    'Đến khi nào',
    'đã xác minh',
    'Gọi 028',
  ];
  const places = order.map((word) => words.indexOf(word));
  expect(places.every((place) => place >= 0)).toBe(true);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  await first.getByRole('button', { name: 'Đã đọc' }).click();
  await expect(first.getByRole('button', { name: 'Đã đọc' })).toHaveCount(0);
});

test('the colours of the levels are those of the design', async ({ site, page }) => {
  await site.open('levels', '/', 1280);
  const colours = await page
    .locator('article[data-verdict=verified] .alert-head')
    .evaluateAll((heads) =>
      heads.map((head) => `${getComputedStyle(head).color} on ${getComputedStyle(head).backgroundColor}`),
    );
  expect(colours).toEqual([
    'rgb(255, 255, 255) on rgb(179, 38, 30)',
    'rgb(74, 37, 0) on rgb(255, 183, 77)',
    'rgb(61, 48, 0) on rgb(255, 241, 184)',
    'rgb(11, 61, 120) on rgb(227, 240, 255)',
    'rgb(58, 26, 102) on rgb(239, 229, 255)',
  ]);
});

test('a message: not sent by Enter while composing, sent by Enter, the draft kept', async ({ site, page }) => {
  await site.open('resident', `/nhom/${hex('a')}`, 1280);
  const box = page.getByLabel('Viết tin nhắn');
  await box.fill('Chào bà con');
  await box.evaluate((element) =>
    element.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }),
    ),
  );
  await page.clock.runFor(500);
  const calls = () => page.evaluate(() => window.core.calls.map((call) => `${call.name} ${call.args[1] ?? ''}`));
  expect(await calls()).toContain('saveDraft Chào bà con');
  expect((await calls()).some((call) => call.startsWith('sendText'))).toBe(false);
  await box.press('Enter');
  await expect(page.locator('.message-mine').last()).toContainText('Chào bà con');
  await expect(page.locator('.message-mine').last()).toContainText('Chờ mạng');
  await expect(box).toHaveValue('');
  expect((await calls()).filter((call) => call.startsWith('sendText'))).toHaveLength(1);
});

test('a draft is there when the room opens again', async ({ site, page }) => {
  await site.open('offline', `/nhom/${hex('a')}`, 360);
  await expect(page.getByLabel('Viết tin nhắn')).toHaveValue('Tối nay');
  await expect(page.getByText('Mất mạng – vẫn đọc được tin cũ.')).toBeVisible();
});

test('very large words on a small phone: the send button stays on the screen', async ({ site, page }) => {
  await page.addInitScript(() => localStorage.setItem('xom.textSize', '26'));
  await site.open('offline', `/nhom/${hex('a')}`, 360);
  await page.setViewportSize({ width: 360, height: 640 });
  const send = page.getByRole('button', { name: 'Gửi' });
  await send.click({ trial: true });
  const [button, tabs] = await Promise.all([send.boundingBox(), page.locator('.tabs').boundingBox()]);
  expect((button?.y ?? 0) + (button?.height ?? 0)).toBeLessThanOrEqual(tabs?.y ?? 0);
  await shoot(page, 'room-large-words', false);
  // What scrolled away can be had back.
  await page.locator('.room').evaluate((room) => room.scrollTo(0, 0));
  await expect(page.locator('#room-title')).toBeInViewport();
});

test('residents never load the staff chunk', async ({ site, page }) => {
  await site.open('resident', '/', 360);
  const before = site.fetched.filter((path) => path.endsWith('.js')).length;
  await page.getByRole('link', { name: 'Nhóm', exact: false }).first().click();
  await page.getByRole('link', { name: 'Tôi' }).click();
  await expect(page.getByRole('heading', { name: 'Tôi', exact: true })).toBeVisible();
  expect(site.fetched.filter((path) => path.endsWith('.js'))).toHaveLength(before);
});

test('a leader makes an invitation: QR, link, until when', async ({ site, page }) => {
  await site.open('leader', '/can-bo', 360);
  await page.getByRole('link', { name: /Tổ dân phố 5/ }).click();
  await page.getByLabel('Hộ (không bắt buộc)').fill('Nhà số 12');
  await page.getByRole('button', { name: 'TẠO MÃ MỜI' }).click();
  await expect(page.getByRole('img', { name: /Mã QR/ })).toBeVisible();
  await expect(page.getByLabel('Đường dẫn mời')).toHaveValue(/#j\./);
  await expect(page.getByText('Hộ: Nhà số 12')).toBeVisible();
  await shoot(page, 'voucher-made-360');
});

test('a publisher writes, previews, signs and sends; a drill is sent as a drill', async ({ site, page }) => {
  await site.open('publisher', '/phat-tin', 360);
  await page.getByLabel('Chuyện gì xảy ra').fill('');
  await page.getByRole('button', { name: 'XEM TRƯỚC' }).click();
  await expect(page.getByRole('alert')).toHaveText('Hãy ghi chuyện gì xảy ra.');
  await expect(page.getByLabel('Chuyện gì xảy ra')).toBeFocused();
  await page.getByLabel('Chuyện gì xảy ra').fill('Kẻ giả danh công an phường gọi điện');
  await page.getByLabel(/^DIỄN TẬP/).check();
  await page.getByRole('button', { name: 'XEM TRƯỚC' }).click();
  await expect(page.locator('article.alert-drill h3')).toHaveText('DIỄN TẬP – Kẻ giả danh công an phường gọi điện');
  await shoot(page, 'publish-drill-360');
  await page.getByRole('button', { name: 'Sửa lại' }).click();
  await page.getByLabel(/^DIỄN TẬP/).uncheck();
  await page.getByRole('button', { name: 'XEM TRƯỚC' }).click();
  await shoot(page, 'publish-preview-360');
  await page.getByRole('button', { name: 'KÝ VÀ GỬI' }).click();
  await expect(page.getByRole('heading', { name: 'Đã ký và gửi lúc 22:47:00' })).toBeVisible();
  const sent = await page.evaluate(() => window.core.calls.filter((call) => call.name === 'publishAlert'));
  expect(sent).toHaveLength(1);
  expect(sent[0]?.args[0]).toMatchObject({
    level: 'CẢNH BÁO',
    headline: 'Kẻ giả danh công an phường gọi điện',
    units: [],
  });
});

test('text size and language change everything at once and stay', async ({ site, page }) => {
  await site.open('resident', '/toi', 360);
  await page.getByLabel('Rất lớn').check();
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe('26px');
  await page.getByLabel('English').check();
  await expect(page.getByRole('heading', { name: 'Me', exact: true })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('link', { name: 'Home' })).toBeVisible();
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe('26px');
});

test('a fork fills the page', async ({ site, page }) => {
  await site.open('forked', '/', 360);
  await expect(page.getByRole('heading', { name: 'Dừng lại: không tin được máy chủ này' })).toBeVisible();
  await expect(page.locator('nav')).toHaveCount(0);
});
