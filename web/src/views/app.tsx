// The frame around every page: bars, tabs, the notice; and which page a route shows.
import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Model } from '../model/model.js';
import { pathOf, type Route, type Tab, tabOf } from '../model/router.js';
import { ModelContext, useModel } from './context.js';
import { GroupsPage } from './groups.js';
import { HomePage } from './home.js';
import { GroupsIcon, HomeIcon, NetIcon, PersonIcon, ReportsIcon } from './icons.js';
import { JoinPage } from './join.js';
import { MePage } from './me.js';
import { PageTitle } from './parts.js';
import { ReportsPage } from './reports.js';

export function App({ model }: { model: Model }) {
  return (
    <ModelContext.Provider value={model}>
      <Frame />
    </ModelContext.Provider>
  );
}

function Frame() {
  const { t, state, router } = useModel();
  const route = router.route.value;
  useEffect(() => {
    document.title = state.value.node?.name ? `${state.value.node.name} – ${t('app.name')}` : t('app.name');
  });
  if (state.value.warning !== null) return <TrustWarningPage />;
  if (state.value.connection === 'waiting-tab') return <OtherTabPage />;
  return (
    <div class={route.name === 'room' ? 'app app-room' : 'app'}>
      <button type="button" class="skip" onClick={skip}>
        {t('app.skip')}
      </button>
      <Tabs current={tabOf(route)} />
      <div class="app-main">
        <NetworkBar />
        <Notice />
        <Page route={route} />
      </div>
    </div>
  );
}

/** Instead of every page: an empty one would look as if all were lost. */
function OtherTabPage() {
  const { t } = useModel();
  return (
    <main id="main" class="page">
      <PageTitle>{t('otherTab.title')}</PageTitle>
      <p role="status">{t('otherTab.text')}</p>
    </main>
  );
}

/** A button and no link, because a fragment in the address is taken for an invitation. */
function skip(): void {
  const main = document.getElementById('main');
  main?.setAttribute('tabindex', '-1');
  main?.focus();
}

function Page({ route }: { route: Route }) {
  switch (route.name) {
    case 'home':
      return <HomePage />;
    case 'groups':
      return <GroupsPage />;
    case 'room':
    case 'members':
      return <GroupsPage group={route.group} page={route.name} />;
    case 'reports':
      return <ReportsPage />;
    case 'me':
      return <MePage />;
    case 'join':
      return <JoinPage />;
    case 'staff':
    case 'voucher':
    case 'publish':
      return <StaffChunk route={route} />;
    default:
      return <NotFound />;
  }
}

/** Staff pages come in a chunk of their own, which residents never download. */
function StaffChunk({ route }: { route: Route }) {
  const { t } = useModel();
  const [page, setPage] = useState<{ view: ComponentType<{ route: Route }> } | 'failed' | null>(null);
  const load = () => {
    setPage(null);
    import('./staff/index.js').then(
      (chunk) => setPage({ view: chunk.StaffPages }),
      () => setPage('failed'),
    );
  };
  useEffect(load, []);
  if (page === null) return <main id="main" class="page" aria-busy="true" />;
  if (page === 'failed')
    return (
      <main id="main" class="page">
        <p role="alert">{t('app.chunkFailed')}</p>
        <button type="button" class="button button-quiet" onClick={load}>
          {t('app.retry')}
        </button>
      </main>
    );
  return <page.view route={route} />;
}

function NotFound() {
  const { t } = useModel();
  return (
    <main id="main" class="page">
      <PageTitle>{t('app.notFound')}</PageTitle>
      <a class="button button-quiet" href={pathOf.home}>
        {t('app.toHome')}
      </a>
    </main>
  );
}

function Tabs({ current }: { current: Tab | null }) {
  const { t, unread } = useModel();
  const count = unread.value;
  const tab = (name: Tab, icon: ComponentChildren, words: string, dot?: ComponentChildren) => (
    <a class="tab" href={pathOf[name]} aria-current={current === name ? 'page' : undefined}>
      <span class="tab-icon">
        {icon}
        {dot}
      </span>
      <span class="tab-words">{words}</span>
    </a>
  );
  return (
    <nav class="tabs" aria-label={t('app.nav')}>
      <span class="brand" aria-hidden="true">
        {t('app.name')}
      </span>
      {tab('home', <HomeIcon />, t('tab.home'))}
      {tab(
        'groups',
        <GroupsIcon />,
        t('tab.groups'),
        count > 0 && (
          <span class="dot">
            <span class="visually-hidden">{t('tab.unread', { count })}</span>
          </span>
        ),
      )}
      {tab('reports', <ReportsIcon />, t('tab.reports'))}
      {tab('me', <PersonIcon />, t('tab.me'))}
    </nav>
  );
}

function NetworkBar() {
  const { t, state } = useModel();
  const connection = state.value.connection;
  return (
    <div role="status">
      {connection === 'offline' && (
        <p class="net-bar">
          <NetIcon />
          <span>{t('net.offline')}</span>
        </p>
      )}
    </div>
  );
}

function Notice() {
  const { t, notice } = useModel();
  return (
    <div role="status">
      {notice.value !== '' && (
        <div class="notice">
          <p>{notice.value}</p>
          <button
            type="button"
            class="button button-quiet"
            onClick={() => {
              notice.value = '';
            }}
          >
            {t('app.close')}
          </button>
        </div>
      )}
    </div>
  );
}

/** RULES: a contradiction of the node is a full-page warning. */
function TrustWarningPage() {
  const { t, state } = useModel();
  const warning = state.value.warning;
  if (warning === null) return null;
  return (
    <main id="main" class="trust-warning">
      <div role="alert">
        <h1>{t('warn.title')}</h1>
        <p>{t(`warn.${warning.kind}`)}</p>
        <p>{t('warn.do')}</p>
        <p class="warning-detail">{warning.detail}</p>
      </div>
      <p>
        <a class="button button-light" href="tel:113">
          {t('call.label', { number: '113', service: t('call.police') })}
        </a>
      </p>
    </main>
  );
}
