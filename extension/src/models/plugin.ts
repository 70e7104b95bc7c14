/** Models in the shell: sidebar, pages, commands. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import * as React from 'react';

import { describe, textArg, versionArg } from '../commands';
import { BenchWidget } from '../ui/bench';
import { modelsIcon } from '../ui/icons';
import { makeSidebar } from '../ui/sidebar';
import { IWorkbench } from '../workbench';
import { addAliasCommand } from './alias';
import { ModelPageModel, ModelsModel } from './model';
import { ModelsPanel } from './panel';

const SIDEBAR = 'benchbook-models';
const ModelPage = React.lazy(async () => ({ default: (await import('./page')).ModelPage }));

function addSidebar(bench: IWorkbench): void {
  const { app, commands, trans } = bench;
  const model = new ModelsModel(bench.client, bench.live.changed);
  const content = new BenchWidget(bench, model, () => React.createElement(ModelsPanel, { model }));
  const title = trans.__('Models');
  const sidebar = makeSidebar(bench, {
    id: SIDEBAR,
    title,
    icon: modelsIcon,
    content,
    commands: ['benchbook:refresh', 'benchbook:show-gates', 'benchbook:serve-model']
  });
  bench.addSidebar(sidebar, 852);
  commands.addCommand('benchbook:show-models', {
    label: trans.__('Show Models'),
    caption: trans.__('Show the models of this project'),
    icon: modelsIcon,
    describedBy: describe(),
    execute: () => app.shell.activateById(SIDEBAR)
  });
}

function makePage(
  bench: IWorkbench,
  model: ModelPageModel,
  version: number | 'latest'
): BenchWidget {
  const { trans } = bench;
  const { name } = model;
  const page = new BenchWidget(bench, model, () => React.createElement(ModelPage, { model }));
  page.title.icon = modelsIcon;
  page.title.label = version === 'latest' ? name : `${name}:${version}`;
  page.title.caption = trans.__('Model %1', page.title.label);
  return page;
}

function addOpenCommand(bench: IWorkbench): void {
  const { commands, trans } = bench;
  const pages = bench.definePages<{ name: string; version: number | 'latest' }>(
    'benchbook-model',
    'benchbook:open-model'
  );
  const models = new Map<string, ModelPageModel>();
  commands.addCommand('benchbook:open-model', {
    label: trans.__('Open Model'),
    caption: trans.__('Open the page of a model version'),
    icon: modelsIcon,
    describedBy: describe(
      {
        name: { type: 'string', description: 'The name of the model' },
        version: { type: 'number', description: 'The version; the newest if left out' },
        tab: { type: 'string', description: 'The tab to show, such as endpoint' }
      },
      ['name']
    ),
    isEnabled: args => textArg(args, 'name') !== '',
    execute: args => {
      const [name, version] = [textArg(args, 'name'), versionArg(args)];
      const id = `${name}:${version}`;
      const content = (): BenchWidget => {
        const model = new ModelPageModel(bench.client, bench.live.changed, name, version);
        models.set(id, model);
        return makePage(bench, model, version);
      };
      pages.open({ id, args: { name, version }, content });
      const [model, tab] = [models.get(id), textArg(args, 'tab')];
      if (model && tab) {
        model.tab = tab;
      }
    }
  });
}

export const modelsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'benchbook:models',
  description: 'The Models sidebar, the pages of model versions, and setting aliases.',
  autoStart: true,
  requires: [IWorkbench],
  activate: (_: JupyterFrontEnd, bench: IWorkbench) => {
    addOpenCommand(bench);
    addAliasCommand(bench);
    addSidebar(bench);
    bench.inPalette('benchbook:show-models');
    bench.inLauncher('benchbook:show-models', 3);
  }
};
