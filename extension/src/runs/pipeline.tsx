/** Running a pipeline: a dialog with the pipelines of `benchbook.yaml` and their params. */
import { Dialog, Notification, ReactWidget, showDialog } from '@jupyterlab/apputils';
import { HTMLSelect } from '@jupyterlab/ui-components';
import { JSONExt } from '@lumino/coreutils';
import * as React from 'react';

import { describe, textArg } from '../commands';
import { PipelineInfo } from '../contract';
import { asError } from '../errors';
import { exactValue } from '../ui/format';
import { pipelineIcon } from '../ui/icons';
import { IWorkbench } from '../workbench';
import { changedParams } from './params';

export interface IChoice {
  name: string;
  params: Record<string, unknown>;
}

class PipelineForm extends ReactWidget {
  constructor(
    private readonly _bench: IWorkbench,
    private readonly _pipelines: PipelineInfo[],
    private _name: string
  ) {
    super();
    this.addClass('bb-PipelineForm');
  }

  getValue(): IChoice {
    return { name: this._name, params: changedParams(this._info, this._typed) };
  }

  protected override render(): JSX.Element {
    const { trans } = this._bench;
    return (
      <>
        <label>
          {trans.__('Pipeline')}
          <HTMLSelect
            className="jp-mod-styled"
            value={this._name}
            onChange={event => this._choose(event.target.value)}
          >
            {this._pipelines.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </HTMLSelect>
        </label>
        {this._info.error && <p className="bb-Warning">{this._info.error}</p>}
        <p className="bb-Quiet">{this._info.steps.map(step => step.name).join(' → ')}</p>
        {Object.entries(this._info.params).map(([key, value]) => (
          <label key={`${this._name} ${key}`}>
            {key}
            <input
              className="jp-mod-styled"
              defaultValue={exactValue(value)}
              onChange={event => this._typed.set(key, event.target.value)}
            />
          </label>
        ))}
      </>
    );
  }

  private get _info(): PipelineInfo {
    return this._pipelines.find(info => info.name === this._name) ?? this._pipelines[0];
  }

  private _choose(name: string): void {
    this._name = name;
    this._typed.clear();
    this.update();
  }

  private readonly _typed = new Map<string, string>();
}

async function choose(
  bench: IWorkbench,
  pipelines: PipelineInfo[],
  wanted: string
): Promise<IChoice | null> {
  const { trans } = bench;
  const first = pipelines.find(info => info.name === wanted) ?? pipelines[0];
  const { button, value } = await showDialog<IChoice>({
    title: trans.__('Run pipeline'),
    body: new PipelineForm(bench, pipelines, first.name),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Run') })]
  });
  return button.accept ? value : null;
}

async function explainNone(bench: IWorkbench): Promise<void> {
  const { trans } = bench;
  await showDialog({
    title: trans.__('No pipeline yet'),
    body: trans.__(
      'A pipeline is a list of notebooks in benchbook.yaml: "benchbook new minimal" makes one to start from.'
    ),
    buttons: [Dialog.okButton()]
  });
}

async function run(bench: IWorkbench, wanted: string): Promise<void> {
  const pipelines = await bench.client.pipelines();
  if (pipelines.length === 0) {
    return explainNone(bench);
  }
  const choice = await choose(bench, pipelines, wanted);
  if (choice !== null) {
    await bench.client.runPipeline(choice.name, JSONExt.deepCopy(choice.params as never));
    await bench.commands.execute('benchbook:show-runs', { filter: '' });
  }
}

export function addPipelineCommand(bench: IWorkbench): void {
  const { commands, trans } = bench;
  commands.addCommand('benchbook:run-pipeline', {
    label: trans.__('Run Pipeline…'),
    caption: trans.__('Run a pipeline of this project'),
    icon: pipelineIcon,
    describedBy: describe({
      pipeline: { type: 'string', description: 'The pipeline chosen at first' }
    }),
    execute: async args => {
      try {
        await run(bench, textArg(args, 'pipeline'));
      } catch (thrown) {
        const { message, hint } = asError(thrown);
        Notification.error([message, hint].filter(Boolean).join(' '));
      }
    }
  });
}
