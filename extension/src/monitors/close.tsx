/** The dialogs of a monitor: closing alerts asks for the reason, retraining says what it will do. */
import { Dialog, ReactWidget, showDialog } from '@jupyterlab/apputils';
import * as React from 'react';

import { IWorkbench } from '../workbench';

class ReasonForm extends ReactWidget {
  constructor(
    private readonly _label: string,
    private readonly _told: string
  ) {
    super();
    this.addClass('bb-AliasForm');
  }

  getValue(): string {
    return this._reason.trim();
  }

  protected override render(): JSX.Element {
    return (
      <>
        <p className="bb-Quiet">{this._told}</p>
        <label>
          {this._label}
          <input
            className="jp-mod-styled"
            maxLength={1_000}
            onChange={event => {
              this._reason = event.target.value;
            }}
          />
        </label>
      </>
    );
  }

  private _reason = '';
}

/** Why alerts are closed, in the person's words; null if they are not. */
export async function askReason(bench: IWorkbench, count: number): Promise<string | null> {
  const { trans } = bench;
  const told = trans.__('A closed alert starts no retraining. The reason stays in the audit log.');
  const { button, value } = await showDialog<string>({
    title: trans._n('Close %1 alert', 'Close %1 alerts', count),
    body: new ReasonForm(trans.__('Reason'), told),
    focusNodeSelector: 'input',
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Close') })]
  });
  return button.accept && value !== null ? value : null;
}

/** Whether to retrain now. */
export async function askRetrain(
  bench: IWorkbench,
  told: { pipeline: string; gate: string; chunk: string; begun: boolean }
): Promise<boolean> {
  const { trans } = bench;
  const { button } = await showDialog({
    title: told.begun
      ? trans.__('Take up the retraining for %1?', told.chunk)
      : trans.__('Retrain for %1?', told.chunk),
    body: trans.__(
      'The pipeline %1 runs in the background. The gate %2 then decides whether what it makes is promoted.',
      told.pipeline,
      told.gate
    ),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Retrain') })]
  });
  return button.accept;
}
