/** Runs in the shell: sidebar, pages, commands, status-bar item, notebook toolbar button. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { describe, textArg } from '../commands';
import { BenchWidget } from '../ui/bench';
import { fileName } from '../ui/format';
import { runsIcon } from '../ui/icons';
import { makeSidebar } from '../ui/sidebar';
import { IWorkbench } from '../workbench';
import { RunDetail } from './detail';
import { RunsModel } from './model';
import { RunsPanel } from './panel';
import { addPipelineCommand } from './pipeline';
import { ActiveRuns, ActiveRunsModel } from './status';

const SIDEBAR = 'benchbook-runs';
const RunPage = React.lazy(async () => ({ default: (await import('./page')).RunPage }));

type RunArgs = { id: string };

function addSidebar(bench: IWorkbench, model: RunsModel): void {
  const content = new BenchWidget(bench, model, () => React.createElement(RunsPanel, { model }));
  const commands = ['benchbook:refresh', 'benchbook:run-pipeline'];
  const title = bench.trans.__('Runs');
  bench.addSidebar(
    makeSidebar(bench, { id: SIDEBAR, title, icon: runsIcon, content, commands }),
    850
  );
}

function makePage(bench: IWorkbench, id: string): BenchWidget {
  const model = new RunDetail(bench.client, bench.live.changed, id);
  const page = new BenchWidget(bench, model, () => React.createElement(RunPage, { model }));
  page.title.icon = runsIcon;
  page.title.label = bench.trans.__('Run %1', id.slice(0, 8));
  model.run.changed.connect(({ value }) => {
    page.title.label = value?.name ?? page.title.label;
    page.title.caption = value ? `${value.name} (${value.status})` : '';
  });
  return page;
}

function addShowCommands(bench: IWorkbench, model: RunsModel): void {
  const { app, commands, live, notebooks, trans } = bench;
  commands.addCommand('benchbook:show-runs', {
    label: trans.__('Show Runs'),
    caption: trans.__('Show the runs of this project'),
    icon: runsIcon,
    describedBy: describe({
      filter: { type: 'string', description: 'What to filter the list by' }
    }),
    execute: args => {
      if (typeof args.filter === 'string') {
        model.showFilter(args.filter);
      }
      app.shell.activateById(SIDEBAR);
    }
  });
  commands.addCommand('benchbook:show-notebook-runs', {
    label: trans.__('Show Runs of This Notebook'),
    caption: trans.__('Show the runs of this notebook'),
    icon: runsIcon,
    describedBy: describe(),
    isEnabled: () => Boolean(notebooks?.currentWidget),
    execute: () => {
      const path = notebooks?.currentWidget?.context.path ?? '';
      return commands.execute('benchbook:show-runs', { filter: fileName(path) });
    }
  });
  commands.addCommand('benchbook:refresh', {
    label: trans.__('Refresh Benchbook'),
    caption: trans.__('Ask the server again'),
    icon: refreshIcon,
    describedBy: describe(),
    execute: () => live.refresh()
  });
}

function addOpenCommand(bench: IWorkbench): void {
  const { commands, trans } = bench;
  const pages = bench.definePages<RunArgs>('benchbook-run', 'benchbook:open-run');
  commands.addCommand('benchbook:open-run', {
    label: trans.__('Open Run'),
    caption: trans.__('Open the page of a run'),
    icon: runsIcon,
    describedBy: describe({ id: { type: 'string', description: 'The id of the run' } }, ['id']),
    isEnabled: args => textArg(args, 'id') !== '',
    execute: args => {
      const id = textArg(args, 'id');
      pages.open({ id, args: { id }, content: () => makePage(bench, id) });
    }
  });
}

function addStatus(bench: IWorkbench, statusBar: IStatusBar): void {
  const model = new ActiveRunsModel(bench.client, bench.live.changed);
  const item = new BenchWidget(bench, model, () => React.createElement(ActiveRuns, { model }));
  statusBar.registerStatusItem('benchbook:active-runs', { item, align: 'left', rank: 50 });
}

export const runsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'benchbook:runs',
  description: 'The Runs sidebar, run pages, and how many runs are active.',
  autoStart: true,
  requires: [IWorkbench],
  optional: [IStatusBar],
  activate: (_: JupyterFrontEnd, bench: IWorkbench, statusBar: IStatusBar | null) => {
    const model = new RunsModel(bench.client, bench.live.changed, bench.settings);
    bench.settings.changed.connect(() => model.page.touch());
    addShowCommands(bench, model);
    addOpenCommand(bench);
    addPipelineCommand(bench);
    addSidebar(bench, model);
    if (statusBar !== null) {
      addStatus(bench, statusBar);
    }
    bench.inPalette('benchbook:show-runs');
    bench.inPalette('benchbook:show-notebook-runs');
    bench.inPalette('benchbook:run-pipeline');
    bench.inPalette('benchbook:refresh');
    bench.inLauncher('benchbook:show-runs', 1);
    bench.inLauncher('benchbook:run-pipeline', 4);
  }
};
