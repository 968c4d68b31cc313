import { dateTime } from '../model/format.js';
import { pathOf } from '../model/router.js';
import { AlertCard } from './alert-card.js';
import { OfficialCard } from './badge.js';
import { EmergencyCalls } from './calls.js';
import { useModel } from './context.js';
import { CheckIcon, ClockIcon, GroupsIcon, ScanIcon } from './icons.js';
import { Guarantee, PageTitle } from './parts.js';

/** A signed head older than this says that notices may be missing (RULES: 60 minutes). */
const STALE_MS = 60 * 60_000;
/** Officials shown on the home page: more would push the rest out of sight. */
const MOST_OFFICIALS = 4;

export function HomePage() {
  const model = useModel();
  const { t } = model;
  const state = model.state.value;
  return (
    <main id="main" class="page page-home">
      <PageTitle>{state.node?.name || t('home.title')}</PageTitle>
      <StaleLine />
      <JoinUnderWay />
      {state.pinnedRoot === null && state.connection !== 'starting' && <Welcome />}
      <div class="home-columns">
        <Alerts />
        <div class="home-side">
          <HomeActions />
          <Caller />
          <Officials />
          <EmergencyCalls />
        </div>
      </div>
    </main>
  );
}

function StaleLine() {
  const model = useModel();
  const { lastHeard, node, connection } = model.state.value;
  if (lastHeard === 0 || connection === 'starting' || model.now.value - lastHeard < STALE_MS) return null;
  const time = dateTime(model.language(), lastHeard, model.now.value);
  return <p class="guarantee">{model.t('net.stale', { node: node?.name ?? model.t('app.name'), time })}</p>;
}

/** A request that is not answered yet is not forgotten by leaving its page. */
function JoinUnderWay() {
  const { t, state } = useModel();
  const { step } = state.value.join;
  if (step !== 'waiting' && step !== 'waiting-appointment') return null;
  return (
    <a class="card row-card" href={pathOf.join}>
      <ClockIcon />
      <span>{t(step === 'waiting' ? 'join.waiting' : 'join.waitingOffice')}</span>
    </a>
  );
}

function Welcome() {
  const { t } = useModel();
  return (
    <section class="card welcome">
      <h2>{t('home.welcome')}</h2>
      <p>{t('home.welcomeText')}</p>
      <p>{t('home.welcomeHow')}</p>
      <ScanButton main />
    </section>
  );
}

/** "None" is said only where official words can be verified: else silence could be taken for safety. */
function NoAlerts() {
  const { t, state } = useModel();
  const { node, connection } = state.value;
  if (node?.verified)
    return (
      <div class="card calm">
        <CheckIcon />
        <div>
          <p class="calm-title">{t('home.noAlerts')}</p>
          <p class="hint">{t('home.noAlertsHint')}</p>
        </div>
      </div>
    );
  if (connection === 'starting') return null;
  return (
    <div class="card">
      <p>{t('home.alertsUnknown')}</p>
      <p class="hint">{t('home.alertsUnknownHint')}</p>
    </div>
  );
}

function Alerts() {
  const model = useModel();
  const { t } = model;
  const { live, past } = model.alerts.value;
  return (
    <section class="home-alerts" aria-labelledby="alerts-title">
      <h2 id="alerts-title">{t('home.alerts')}</h2>
      <Guarantee of="official" />
      <div aria-live="polite" class="alert-list">
        {live.map((alert) => (
          <AlertCard key={alert.id} alert={alert} />
        ))}
        {live.length === 0 && <NoAlerts />}
      </div>
      {past.length > 0 && (
        <details class="past">
          <summary>{t('home.past', { count: past.length })}</summary>
          <div class="alert-list">
            {past.map((alert) => (
              <AlertCard key={alert.id} alert={alert} />
            ))}
          </div>
        </details>
      )}
    </section>
  );
}

function ScanButton({ main }: { main: boolean }) {
  const { t } = useModel();
  return (
    <a class={main ? 'big-button' : 'big-button big-button-quiet'} href={pathOf.join}>
      <ScanIcon />
      <span class="big-words">
        <span class="big-title">{t('home.scan')}</span>
        <span class="big-hint">{t('home.scanHint')}</span>
      </span>
    </a>
  );
}

function HomeActions() {
  const model = useModel();
  const { t } = model;
  const groups = model.state.value.groups;
  if (model.state.value.pinnedRoot === null) return null;
  return (
    <div class="home-actions">
      {groups.slice(0, 3).map((group) => (
        <a key={group.id} class="big-button big-button-quiet" href={pathOf.room(group.id)}>
          <GroupsIcon />
          <span class="big-words">{t('home.openGroup', { group: model.titleOf(group) })}</span>
          {group.unread > 0 && <span class="unread">{group.unread}</span>}
        </a>
      ))}
      <ScanButton main={groups.length === 0} />
    </div>
  );
}

function Caller() {
  const { t } = useModel();
  return (
    <details class="card caller">
      <summary>{t('home.caller')}</summary>
      <ol>
        <li>{t('home.caller1')}</li>
        <li>{t('home.caller2')}</li>
        <li>{t('home.caller3')}</li>
      </ol>
    </details>
  );
}

function Officials() {
  const model = useModel();
  const { t } = model;
  const rank = { 'area-officer': 0, 'cell-leader': 1, 'duty-officer': 2, publisher: 3, approver: 4 } as const;
  const officials = [...model.state.value.officials].sort((a, b) => rank[a.office] - rank[b.office]);
  if (officials.length === 0) return null;
  return (
    <section class="card officials" aria-labelledby="officials-title">
      <h2 id="officials-title">{t('home.officials')}</h2>
      <p class="hint">{t('home.officialsHint')}</p>
      <ul>
        {officials.slice(0, MOST_OFFICIALS).map((official) => (
          <OfficialCard
            key={`${official.account} ${official.office} ${official.unitName}`}
            official={official}
            id={official.account}
          />
        ))}
      </ul>
    </section>
  );
}
