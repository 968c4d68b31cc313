// The staff's chunk: leaders' and publishers' pages.
import type { Route } from '../../model/router.js';
import { StaffHome } from './home.js';
import { PublishPage } from './publish.js';
import { VoucherPage } from './voucher.js';

export function StaffPages({ route }: { route: Route }) {
  if (route.name === 'publish') return <PublishPage />;
  if (route.name === 'voucher') return <VoucherPage key={route.group} group={route.group} />;
  return <StaffHome />;
}
