// From end to end: a parent node, two wards, residents in browsers, one warning at night.
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@playwright/test';
import { freePort } from '../../tools/town/programs.mjs';
import { Town } from '../../tools/town/town.mjs';
import { Person } from './person';

const root = resolve(import.meta.dirname, '../..');
const folder = resolve(root, 'build/e2e/town');
const warning = {
  headline: 'Có kẻ giả danh công an phường gọi điện đòi nộp phạt',
  description: 'Họ nói bạn có tranh chấp nhà đất và đòi chuyển tiền phạt. Công an KHÔNG thu tiền qua điện thoại.',
  phone: '028 3891 0000',
};
const clock = (time: number) => new Date(time).toLocaleTimeString('vi-VN', { timeZone: 'Asia/Ho_Chi_Minh' });

let town: Town;

test.beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  town = new Town({
    folder,
    bin: process.env.XOM_BIN_FOLDER ?? resolve(root, 'build/release/bin'),
    web: resolve(root, 'web/dist'),
    data: resolve(root, 'tools/demo-data'),
    ports: [await freePort(), await freePort(), await freePort()],
  });
});
test.afterAll(() => town?.close());

test('one warning at night', async ({ browser }) => {
  const people: Person[] = [];
  const person = async (name: string, where: 'phone' | 'desk' = 'phone') => {
    const made = await Person.at(browser, name, where);
    people.push(made);
    return made;
  };
  const step = test.step;

  await step('the parent and two wards have nodes, authority keys and certificates', async () => {
    await town.open();
    for (const id of ['tch', 'dht'])
      await expect.poll(() => town.status(id), { timeout: 30_000 }).toContain('(connected)');
  });

  const leader = await person('Nguyễn Thị Tư', 'desk');
  const hoa = await person('Chị Hoa');
  const nam = await person('Anh Nam nhà số 7');
  let spare = '';
  await step('the leader of cell 5 takes the office, founds the group and makes invitations', async () => {
    await leader.takeOffice(town.links.leader, () => town.appoint('tch'));
    await leader.shot('02-office');
    await leader.foundGroup('Tổ dân phố 5');
    const first = await leader.makeVoucher('Hộ 12');
    await leader.shot('03-invitation');
    spare = await leader.makeVoucher('Hộ 7');
    await hoa.open(first);
    await expect(hoa.page.getByRole('button', { name: 'VÀO NHÓM' })).toBeVisible();
    expect(hoa.page.url()).not.toContain('#');
    await hoa.shot('04-invited');
    await hoa.join(first);
    await hoa.shot('05-joined');
  });

  await step('a second resident joins while the leader is away', async () => {
    await leader.leave();
    await nam.join(spare);
    await nam.shot('06-joined-without-leader');
    await leader.open(`${town.node('tch').url}/nhom`);
    await leader.openRoom();
  });

  const said = ['Chào bà con, hẻm 12 lại mất điện rồi 😀', 'Dạ, để tôi gọi điện lực. Quý vị chờ chút nhé!', 'Cảm ơn cô Tư 🙏🏽'];
  await step('they write to each other', async () => {
    await hoa.write(said[0]);
    await leader.reads(said.slice(0, 1));
    await leader.write(said[1]);
    await nam.reads(said.slice(0, 2));
    await nam.write(said[2]);
    for (const one of [leader, hoa, nam]) await one.reads(said);
    await hoa.shot('07-room');
    await leader.shot('07-room-desk');
  });

  await step('a closed browser gets what it missed, a reloaded one keeps everything', async () => {
    await nam.leave();
    const missed = ['Tổ mình họp lúc 19 giờ tối nay.', 'Nhớ mang theo sổ hộ khẩu cũ.'];
    for (const text of missed) await leader.write(text);
    said.push(...missed);
    await hoa.reads(said);
    await nam.open(`${town.node('tch').url}/`);
    await nam.openRoom();
    await nam.reads(said);
    await nam.shot('08-caught-up');
    await hoa.page.reload();
    await hoa.reads(said);
  });

  const leaderDht = await person('Trần Văn Bảy', 'desk');
  const lan = await person('Cô Lan');
  await step('the other ward has its leader and a resident', async () => {
    await leaderDht.takeOffice(town.links['leader-dht'], () => town.appoint('dht'));
    await leaderDht.foundGroup('Tổ dân phố 5');
    await lan.join(await leaderDht.makeVoucher('Hộ 3'));
  });

  const publisher = await person('Thiếu tá Lê Minh Đức', 'desk');
  const everybody = [leader, hoa, nam, leaderDht, lan];
  const publish = (headline: string, description: string) => publisher.publish(headline, description, warning.phone);
  const sendAndTime = async (headline: string, readers: Person[]) => {
    const start = Date.now();
    const seen = Promise.all(readers.map((one) => one.seesAlert(headline, 'Công an Quận 12', 60_000).then(() => Date.now())));
    await publisher.sign();
    const last = Math.max(...(await seen));
    console.log(`    signed at ${clock(start)}, seen by the last of ${readers.length} browsers after ${last - start} ms`);
  };
  await step('the publisher of the parent signs the warning; every browser of both wards shows it, verified', async () => {
    await publisher.takeOffice(town.links.publisher, () => town.appoint('q12'));
    await publisher.page.getByRole('link', { name: 'Phát tin cho người dân' }).click();
    for (const one of everybody) await one.tab('/');
    await publish(warning.headline, warning.description);
    await publisher.shot('09-preview');
    await sendAndTime(warning.headline, everybody);
    await publisher.shot('10-sent');
    await hoa.shot('10-warning');
    await lan.shot('10-warning-other-ward');
    await leader.shot('10-warning-desk');
  });

  await step('the ward node is killed in the middle of a conversation; nothing is lost or doubled', async () => {
    for (const one of [leader, hoa, nam]) await one.openRoom();
    const during = ['Có ai nhận được cuộc gọi đó chưa?', 'Hồi nãy có người gọi cho má tôi!', 'Đừng chuyển tiền nha', 'Tôi tắt máy liền', 'Báo bảo vệ khu phố rồi'];
    await hoa.write(during[0]);
    await hoa.write(during[1]);
    await nam.reads([...said, ...during.slice(0, 2)]);
    await hoa.write(during[2]);
    await town.kill('tch');
    await hoa.write(during[3]);
    await expect(hoa.page.getByText('Chờ mạng').first()).toBeVisible();
    await hoa.shot('11-node-killed');
    await town.start('tch');
    await hoa.write(during[4]);
    said.push(...during);
    for (const one of [hoa, nam, leader]) await one.reads(said, 90_000);
    await expect(hoa.page.getByText('Chờ mạng')).toHaveCount(0);
    await hoa.shot('12-node-back');
  });

  await step('the parent is killed: the ward goes on; when it is back, alerts flow again', async () => {
    await town.kill('q12');
    await nam.write('Máy chủ quận hỏng, xóm mình vẫn nhắn được.');
    said.push('Máy chủ quận hỏng, xóm mình vẫn nhắn được.');
    for (const one of [hoa, leader]) await one.reads(said);
    await hoa.shot('13-parent-away');
    await expect(publisher.page.getByText('Mất mạng')).toBeVisible();
    await town.start('q12');
    for (const one of everybody) await one.tab('/');
    await expect(publisher.page.getByText('Mất mạng')).toHaveCount(0);
    await publisher.page.getByRole('button', { name: 'Soạn tin mới' }).click();
    await publish('Đã bắt giữ kẻ giả danh công an phường', 'Ai đã chuyển tiền, hãy đến trụ sở công an phường trình báo.');
    await sendAndTime('Đã bắt giữ kẻ giả danh công an phường', everybody);
    await hoa.shot('14-alerts-again');
  });

  expect(people.flatMap((one) => one.problems)).toEqual([]);
});
