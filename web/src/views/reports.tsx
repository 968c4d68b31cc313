import { EmergencyCalls } from './calls.js';
import { useModel } from './context.js';
import { PageTitle } from './parts.js';

/** Reports are not opened in this version: the page says so and offers what works, the telephone. */
export function ReportsPage() {
  const { t } = useModel();
  return (
    <main id="main" class="page">
      <PageTitle>{t('reports.title')}</PageTitle>
      <section class="card">
        <p>{t('reports.none')}</p>
        <p>{t('reports.notYet')}</p>
      </section>
      <EmergencyCalls />
    </main>
  );
}
