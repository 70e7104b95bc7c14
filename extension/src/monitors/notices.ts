/** Tells what rang and what retraining ended while Lab is open; once, and not what the person looks at already. */
import { Notification } from '@jupyterlab/apputils';

import { IWorkbench } from '../workbench';
import { MonitorsModel } from './model';
import { News, NewsDesk } from './news';

/** Milliseconds that a notice stays on the screen; it stays in Lab's own list. */
const STAY = 12_000;

/** The id of a monitor's page in the shell. */
export function pageId(name: string): string {
  return `benchbook-monitor-${name}`;
}

function isInView(bench: IWorkbench, news: News): boolean {
  return bench.current.id === pageId(news.monitor) && document.visibilityState === 'visible';
}

function sentence(bench: IWorkbench, news: News): string {
  const { trans } = bench;
  if (news.kind === 'alerts') {
    const [first] = news.alerts;
    const more = news.alerts.length - 1;
    const told = more > 0 ? trans._n(' And %1 more.', ' And %1 more.', more) : '';
    return trans.__('Monitor %1, %2: %3', news.monitor, news.chunk, first.message) + told;
  }
  const { outcome, reason, version } = news.retraining;
  const words = {
    promoted: trans.__('retrained; %1 was promoted.', `${news.model}:${version}`),
    held: trans.__('retrained; nothing was promoted.'),
    waiting: trans.__('retrained; %1 waits for approval.', `${news.model}:${version}`),
    failed: trans.__('the retraining failed.')
  };
  const what = words[outcome ?? 'failed'];
  return [trans.__('Monitor %1: %2', news.monitor, what), reason].filter(Boolean).join(' ');
}

function tell(bench: IWorkbench, news: News): void {
  const { commands, trans } = bench;
  const isGood = news.kind === 'retraining' && news.retraining.outcome === 'promoted';
  Notification.emit(sentence(bench, news), isGood ? 'success' : 'warning', {
    autoClose: STAY,
    actions: [
      {
        label: trans.__('Open monitor'),
        callback: () => void commands.execute('benchbook:open-monitor', { name: news.monitor })
      }
    ]
  });
}

/** Follow `model` from now on. */
export function followNews(bench: IWorkbench, model: MonitorsModel): void {
  const desk = new NewsDesk();
  let last: unknown;
  model.changed.connect(() => {
    const items = model.list.value;
    if (items !== undefined && items !== last) {
      last = items;
      desk
        .read(items)
        .filter(news => !isInView(bench, news))
        .forEach(news => tell(bench, news));
    }
  });
}
