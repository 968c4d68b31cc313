// One person at one browser: a context of its own, so a device and an account of its own.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Browser, type BrowserContext, expect, type Page } from '@playwright/test';

const screens = process.env.XOM_SCREENS ?? resolve(import.meta.dirname, '../../build/e2e/screens');
const phone = { width: 360, height: 740 };
const desk = { width: 1280, height: 800 };

export class Person {
  #page: Page | undefined;
  #room = '';
  private constructor(
    readonly name: string,
    readonly context: BrowserContext,
    readonly problems: string[],
  ) {}

  static async at(browser: Browser, name: string, where: 'phone' | 'desk' = 'phone'): Promise<Person> {
    const context = await browser.newContext({ viewport: where === 'phone' ? phone : desk, locale: 'vi-VN' });
    const problems: string[] = [];
    context.on('weberror', (error) => problems.push(`${name}: ${error.error().message}`));
    return new Person(name, context, problems);
  }

  get page(): Page {
    if (!this.#page) throw new Error(`${this.name} has no page open`);
    return this.#page;
  }
  async open(url: string) {
    this.#page ??= await this.context.newPage();
    await this.#page.goto(url);
  }
  /** Closes the browser's page; what it has stored stays. */
  async leave() {
    await this.page.close();
    this.#page = undefined;
  }
  /** By address: a tab's name grows by the count of what is unread. */
  async tab(path: '/' | '/nhom' | '/toi') {
    await this.page.locator(`nav a.tab[href="${path}"]`).click();
  }
  async shot(name: string) {
    mkdirSync(screens, { recursive: true });
    await this.page.screenshot({ path: join(screens, `${name}.png`) });
  }

  /** Takes the office that a printed invitation offers; `sign` is the administrator's act. */
  async takeOffice(link: string, sign: () => Promise<unknown>) {
    await this.open(link);
    await this.page.getByRole('button', { name: 'NHẬN NHIỆM VỤ' }).click();
    await expect(this.page.getByText('Đã nhận lời mời')).toBeVisible();
    await sign();
    await expect(this.page.getByText('Bạn đã được bổ nhiệm')).toBeVisible();
    await this.page.getByRole('link', { name: 'Mở trang công việc' }).click();
  }
  async foundGroup(cell: string) {
    await this.page.getByLabel('Tổ dân phố').selectOption({ label: cell });
    await this.page.getByRole('button', { name: 'LẬP NHÓM' }).click();
    await expect(this.page.getByRole('button', { name: 'TẠO MÃ MỜI' })).toBeVisible();
    const group = /[0-9a-f]{64}/.exec(this.page.url())?.[0];
    if (!group) throw new Error(`no group in ${this.page.url()}`);
    this.#room = group;
  }
  /** On the page where the leader invites: a one-time link for a household. */
  async makeVoucher(household: string): Promise<string> {
    const again = this.page.getByRole('button', { name: 'Tạo mã khác' });
    if (await again.isVisible()) await again.click();
    await this.page.getByLabel('Hộ (không bắt buộc)').fill(household);
    await this.page.getByRole('button', { name: 'TẠO MÃ MỜI' }).click();
    return this.page.getByLabel('Đường dẫn mời').inputValue();
  }
  /** Opens a voucher's link, types the name and taps; ends in the group's room. */
  async join(link: string) {
    await this.open(link);
    await this.page.getByLabel('Tên của bạn').fill(this.name);
    await this.page.getByRole('button', { name: 'VÀO NHÓM' }).click();
    await expect(this.page).toHaveURL(/\/nhom\/[0-9a-f]{64}$/, { timeout: 60_000 });
    this.#room = /[0-9a-f]{64}/.exec(this.page.url())?.[0] ?? '';
  }
  async openRoom() {
    await this.tab('/nhom');
    const room = this.page.locator(`a[href="/nhom/${this.#room}"]`).first();
    await room.click();
    await expect(this.page.getByLabel('Viết tin nhắn')).toBeVisible();
  }

  async write(text: string) {
    await this.page.getByLabel('Viết tin nhắn').fill(text);
    await this.page.getByRole('button', { name: 'GỬI' }).click();
  }
  /** On the publisher's form, to the look at what residents will see. */
  async publish(headline: string, description: string, phone: string) {
    await this.page.getByLabel('Chuyện gì xảy ra').fill(headline);
    await this.page.getByLabel('Nói rõ thêm').fill(description);
    await this.page.getByLabel('Số điện thoại để hỏi').fill(phone);
    await this.page.getByRole('button', { name: 'XEM TRƯỚC' }).click();
  }
  async sign() {
    await this.page.getByRole('button', { name: 'KÝ VÀ GỬI' }).click();
  }
  bubbles() {
    return this.page.locator('.bubble-text');
  }
  /** Sees exactly these texts at the end of the room, each once and in this order. */
  async reads(texts: readonly string[], timeout = 30_000) {
    await expect
      .poll(async () => (await this.bubbles().allInnerTexts()).slice(-texts.length), { timeout, message: `${this.name} reads` })
      .toEqual(texts);
  }
  alert(headline: string) {
    return this.page.locator('article.alert[data-verdict="verified"]').filter({ hasText: headline });
  }
  /** Sees the alert as official, with the mark that this browser computed itself. */
  async seesAlert(headline: string, issuer: string, timeout = 30_000) {
    const card = this.alert(headline);
    await expect(card).toHaveCount(1, { timeout });
    await expect(card).toContainText(`${issuer} – đã xác minh`);
  }
}
