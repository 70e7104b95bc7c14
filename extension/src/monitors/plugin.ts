/** Monitors in the shell: the list, the page of each, commands, status-bar item, notices. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import * as React from 'react';

import { describe, pointedRef, textArg } from '../commands';
import { asError } from '../errors';
import { BenchWidget } from '../ui/bench';
import { monitorsIcon } from '../ui/icons';
import { IWorkbench } from '../workbench';
import { monitorsOf, OpenAlerts } from './badge';
import { askReason, askRetrain } from './close';
import { MonitorPageModel } from './model';
import { followNews } from './notices';

const MonitorPage = React.lazy(async () => ({ default: (await import('./page')).MonitorPage }));
const MonitorsPage = React.lazy(async () => ({ default: (await import('./panel')).MonitorsPage }));

const NAME = { name: { type: 'string', description: 'The name of the monitor' } };

/** What hosts a view of the shared list: hiding it does not rest the list. */
const SHARED = { active: false, dispose: (): void => undefined };

/** Does what may be refused, and says why if it is. */
async function attempt(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    const { message, hint } = asError(thrown);
    Notification.error([message, hint].filter(Boolean).join(' '));
  }
}

function makePage(bench: IWorkbench, name: string): BenchWidget {
  const { client, live, settings, trans } = bench;
  const model = new MonitorPageModel(client, live.changed, name, settings.pageSize);
  const page = new BenchWidget(bench, model, () => React.createElement(MonitorPage, { model }));
  page.title.icon = monitorsIcon;
  page.title.label = name;
  page.title.caption = trans.__('Monitor %1', name);
  return page;
}

function addListCommand(bench: IWorkbench): void {
  const { commands, trans } = bench;
  const model = monitorsOf(bench);
  const pages = bench.definePages<Record<string, never>>(
    'benchbook-monitors',
    'benchbook:show-monitors'
  );
  const content = (): BenchWidget => {
    const page = new BenchWidget(bench, { ...SHARED }, () =>
      React.createElement(MonitorsPage, { model })
    );
    page.title.icon = monitorsIcon;
    page.title.label = trans.__('Monitors');
    return page;
  };
  commands.addCommand('benchbook:show-monitors', {
    label: trans.__('Monitors'),
    caption: trans.__('Show what is watched: drift, performance, alerts, retraining'),
    icon: monitorsIcon,
    describedBy: describe(),
    execute: () => void pages.open({ id: 'all', args: {}, content })
  });
}

function addOpenCommands(bench: IWorkbench): void {
  const { app, commands, trans } = bench;
  const pages = bench.definePages<{ name: string }>('benchbook-monitor', 'benchbook:open-monitor');
  commands.addCommand('benchbook:open-monitor', {
    label: trans.__('Open Monitor'),
    caption: trans.__('Open the timeline of a monitor'),
    icon: monitorsIcon,
    describedBy: describe(NAME, ['name']),
    isEnabled: args => textArg(args, 'name') !== '',
    execute: args => {
      const name = textArg(args, 'name');
      pages.open({ id: name, args: { name }, content: () => makePage(bench, name) });
    }
  });
  const modelOf = (args: ReadonlyPartialJSONObject): string | undefined =>
    textArg(args, 'name', pointedRef(app)?.name) || undefined;
  commands.addCommand('benchbook:open-model-monitor', {
    label: trans.__('Open Monitor'),
    caption: trans.__('Open the monitor of a model, or of several all monitors'),
    icon: monitorsIcon,
    describedBy: describe({ name: { type: 'string', description: 'The name of the model' } }),
    execute: args => {
      const found = monitorsOf(bench).of(modelOf(args));
      return found.length === 1
        ? commands.execute('benchbook:open-monitor', { name: found[0].summary.name })
        : commands.execute('benchbook:show-monitors');
    }
  });
}

function idsArg(args: ReadonlyPartialJSONObject): string[] | null {
  const { alerts } = args;
  const ids = Array.isArray(alerts) ? alerts.filter(id => typeof id === 'string') : [];
  return ids.length > 0 ? (ids as string[]) : null;
}

function addActions(bench: IWorkbench): void {
  const { client, commands, live, trans } = bench;
  commands.addCommand('benchbook:look-at-monitor', {
    label: trans.__('Look at New Data'),
    caption: trans.__('Let a monitor look at the chunks that are new'),
    icon: monitorsIcon,
    describedBy: describe(NAME, ['name']),
    isEnabled: args => textArg(args, 'name') !== '',
    execute: async args => {
      const { chunks } = await client.lookAt(textArg(args, 'name'));
      if (chunks.length === 0) {
        Notification.info(trans.__('There is no new chunk to look at.'), { autoClose: 4_000 });
      }
      await live.refresh();
    }
  });
  commands.addCommand('benchbook:close-alerts', {
    label: trans.__('Close Alerts…'),
    caption: trans.__('Answer alerts of a monitor with a reason'),
    icon: monitorsIcon,
    describedBy: describe(
      { ...NAME, alerts: { type: 'array', description: 'Their ids; all open ones if left out' } },
      ['name']
    ),
    isEnabled: args => textArg(args, 'name') !== '',
    execute: args =>
      attempt(async () => {
        const [name, ids] = [textArg(args, 'name'), idsArg(args)];
        const all = (await client.monitor(name, { chunks: 1, columns: 1 })).page.open_count;
        const reason = await askReason(bench, ids?.length ?? all);
        if (reason !== null) {
          await client.closeAlerts(name, reason, ids);
          await live.refresh();
        }
      })
  });
  commands.addCommand('benchbook:retrain-monitor', {
    label: trans.__('Retrain Now…'),
    caption: trans.__('Start the retraining that the open alerts of a monitor call for'),
    icon: monitorsIcon,
    describedBy: describe(NAME, ['name']),
    isEnabled: args => textArg(args, 'name') !== '',
    execute: args => attempt(() => retrain(bench, textArg(args, 'name')))
  });
}

async function retrain(bench: IWorkbench, name: string): Promise<void> {
  const { due, page } = await bench.client.monitor(name, { chunks: 1, columns: 1 });
  const { gate, pipeline } = page;
  // Without anything due the server says why; nothing is asked first.
  const told = { gate, pipeline, chunk: due?.chunk ?? '', begun: due?.begun ?? false };
  if (due === null || (await askRetrain(bench, told))) {
    await bench.client.retrain(name);
    await bench.live.refresh();
  }
}

export const monitorsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'benchbook:monitors',
  description: 'Monitors: what was seen of the models in use, alerts, retraining.',
  autoStart: true,
  requires: [IWorkbench],
  optional: [IStatusBar],
  activate: (_: JupyterFrontEnd, bench: IWorkbench, statusBar: IStatusBar | null) => {
    addListCommand(bench);
    addOpenCommands(bench);
    addActions(bench);
    followNews(bench, monitorsOf(bench));
    if (statusBar !== null) {
      const item = new BenchWidget(bench, { ...SHARED }, () => React.createElement(OpenAlerts));
      statusBar.registerStatusItem('benchbook:open-alerts', { item, align: 'left', rank: 51 });
    }
    bench.inPalette('benchbook:show-monitors');
    bench.inLauncher('benchbook:show-monitors', 5);
  }
};
