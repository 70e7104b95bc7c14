/** Datasets in the shell: sidebar, pages, commands. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import * as React from 'react';

import { describe, textArg, versionArg } from '../commands';
import { BenchWidget } from '../ui/bench';
import { dataIcon } from '../ui/icons';
import { makeSidebar } from '../ui/sidebar';
import { IWorkbench } from '../workbench';
import { DatasetPageModel, DatasetsModel } from './model';
import { DatasetsPanel } from './panel';

const SIDEBAR = 'benchbook-data';
const DatasetPage = React.lazy(async () => ({ default: (await import('./page')).DatasetPage }));

function addSidebar(bench: IWorkbench): void {
  const { app, commands, trans } = bench;
  const model = new DatasetsModel(bench.client, bench.live.changed);
  const content = new BenchWidget(bench, model, () =>
    React.createElement(DatasetsPanel, { model })
  );
  const title = trans.__('Data');
  const sidebar = makeSidebar(bench, {
    id: SIDEBAR,
    title,
    icon: dataIcon,
    content,
    commands: ['benchbook:refresh']
  });
  bench.addSidebar(sidebar, 851);
  commands.addCommand('benchbook:show-data', {
    label: trans.__('Show Data'),
    caption: trans.__('Show the datasets of this project'),
    icon: dataIcon,
    describedBy: describe(),
    execute: () => app.shell.activateById(SIDEBAR)
  });
}

function makePage(bench: IWorkbench, name: string, version: number | 'latest'): BenchWidget {
  const { client, live, settings, trans } = bench;
  const model = new DatasetPageModel(client, live.changed, name, version, settings.pageSize);
  const page = new BenchWidget(bench, model, () => React.createElement(DatasetPage, { model }));
  page.title.icon = dataIcon;
  page.title.label = version === 'latest' ? name : `${name}:${version}`;
  page.title.caption = trans.__('Dataset %1', page.title.label);
  return page;
}

function addOpenCommand(bench: IWorkbench): void {
  const { commands, trans } = bench;
  const pages = bench.definePages<{ name: string; version: number | 'latest' }>(
    'benchbook-dataset',
    'benchbook:open-dataset'
  );
  commands.addCommand('benchbook:open-dataset', {
    label: trans.__('Open Dataset'),
    caption: trans.__('Open the page of a data version'),
    icon: dataIcon,
    describedBy: describe(
      {
        name: { type: 'string', description: 'The name of the dataset' },
        version: { type: 'number', description: 'The version; the newest if left out' }
      },
      ['name']
    ),
    isEnabled: args => textArg(args, 'name') !== '',
    execute: args => {
      const [name, version] = [textArg(args, 'name'), versionArg(args)];
      pages.open({
        id: `${name}:${version}`,
        args: { name, version },
        content: () => makePage(bench, name, version)
      });
    }
  });
}

export const datasetsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'benchbook:datasets',
  description: 'The Data sidebar and the pages of data versions.',
  autoStart: true,
  requires: [IWorkbench],
  activate: (_: JupyterFrontEnd, bench: IWorkbench) => {
    addOpenCommand(bench);
    addSidebar(bench);
    bench.inPalette('benchbook:show-data');
    bench.inLauncher('benchbook:show-data', 2);
  }
};
