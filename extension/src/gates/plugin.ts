/** Gates in the shell: the page of all gates, the pages of verdicts, and what can be done at a gate. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import * as React from 'react';

import { describe, textArg } from '../commands';
import { BenchWidget } from '../ui/bench';
import { gatesIcon } from '../ui/icons';
import { IWorkbench } from '../workbench';
import { addGateCommands } from './actions';
import { GatesModel, VerdictModel } from './model';

const GatesPage = React.lazy(async () => ({ default: (await import('./page')).GatesPage }));
const VerdictPage = React.lazy(async () => ({ default: (await import('./verdict')).VerdictPage }));

function addPage(bench: IWorkbench): void {
  const { client, commands, live, trans } = bench;
  const pages = bench.definePages<Record<string, never>>('benchbook-gates', 'benchbook:show-gates');
  let shown: GatesModel | null = null;
  const content = (): BenchWidget => {
    const model = new GatesModel(client, live.changed);
    const page = new BenchWidget(bench, model, () => React.createElement(GatesPage, { model }));
    page.title.icon = gatesIcon;
    page.title.caption = trans.__('Gates, approvals and the audit log');
    const title = (): void => {
      const { length } = model.standing.waiting;
      page.title.label = length ? trans.__('Gates (%1 waiting)', length) : trans.__('Gates');
    };
    title();
    model.changed.connect(title);
    shown = model;
    return page;
  };
  commands.addCommand('benchbook:show-gates', {
    label: trans.__('Gates'),
    caption: trans.__('Show the gates, what waits for approval, and the audit log'),
    icon: gatesIcon,
    describedBy: describe({
      tab: { type: 'string', description: 'gates, approvals, verdicts or audit' }
    }),
    execute: args => {
      pages.open({ id: 'all', args: {}, content });
      if (shown && textArg(args, 'tab')) {
        shown.tab = textArg(args, 'tab');
      }
    }
  });
}

function makeVerdict(bench: IWorkbench, id: string): BenchWidget {
  const model = new VerdictModel(bench.client, bench.live.changed, id);
  const page = new BenchWidget(bench, model, () => React.createElement(VerdictPage, { model }));
  page.title.icon = gatesIcon;
  page.title.label = bench.trans.__('Verdict %1', id.slice(0, 8));
  model.verdict.changed.connect(({ value }) => {
    page.title.label = value ? `${value.gate}: ${value.model}:${value.version}` : page.title.label;
    page.title.caption = value?.sentence ?? '';
  });
  return page;
}

function addVerdicts(bench: IWorkbench): void {
  const { commands, trans } = bench;
  const pages = bench.definePages<{ id: string }>('benchbook-verdict', 'benchbook:open-verdict');
  commands.addCommand('benchbook:open-verdict', {
    label: trans.__('Open Verdict'),
    caption: trans.__('Open the page of a verdict'),
    icon: gatesIcon,
    describedBy: describe({ id: { type: 'string', description: 'The id of the verdict' } }, ['id']),
    isEnabled: args => textArg(args, 'id') !== '',
    execute: args => {
      const id = textArg(args, 'id');
      pages.open({ id, args: { id }, content: () => makeVerdict(bench, id) });
    }
  });
}

export const gatesPlugin: JupyterFrontEndPlugin<void> = {
  id: 'benchbook:gates',
  description: 'The page of gates, approvals and the audit log; verdicts; promotion and rollback.',
  autoStart: true,
  requires: [IWorkbench],
  activate: (_: JupyterFrontEnd, bench: IWorkbench) => {
    addGateCommands(bench);
    addPage(bench);
    addVerdicts(bench);
    bench.inPalette('benchbook:show-gates');
    bench.inLauncher('benchbook:show-gates', 5);
  }
};
