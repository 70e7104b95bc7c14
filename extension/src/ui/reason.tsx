/** Asking for a reason before something is recorded for good; what is forced needs one, and looks like it. */
import { Dialog, ReactWidget, showDialog } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { Message } from '@lumino/messaging';
import * as React from 'react';

export interface IReasonOptions {
  title: string;
  /** What will happen, one sentence a line. */
  sentences: string[];
  /** The word of the button. */
  label: string;
  /** Whether the button warns. */
  warn?: boolean;
  required?: boolean;
  /** Offer to force it: the box to tick, and what forcing means. */
  force?: { label: string; warning: string; button: string };
}

export interface IReason {
  reason: string;
  force: boolean;
}

class ReasonForm extends ReactWidget {
  constructor(
    private readonly _trans: TranslationBundle,
    private readonly _options: IReasonOptions,
    private readonly _given: IReason,
    private readonly _missed: boolean
  ) {
    super();
    this.addClass('bb-ReasonForm');
  }

  getValue(): IReason {
    return { reason: this._given.reason.trim(), force: this._given.force };
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._paint();
  }

  protected override render(): JSX.Element {
    const { sentences } = this._options;
    return (
      <>
        {sentences.map(sentence => (
          <p key={sentence}>{sentence}</p>
        ))}
        {this._force()}
        <label>
          {this._needed ? this._trans.__('Reason') : this._trans.__('Reason (optional)')}
          <input
            className="jp-mod-styled"
            defaultValue={this._given.reason}
            maxLength={2_000}
            aria-invalid={this._missed}
            onChange={event => {
              this._given.reason = event.target.value;
            }}
          />
        </label>
        {this._missed && (
          <p className="bb-Warning" role="alert">
            {this._trans.__('A reason is needed: it stands in the audit log.')}
          </p>
        )}
      </>
    );
  }

  private _force(): JSX.Element | null {
    const { force } = this._options;
    return force ? (
      <>
        <label className="bb-ReasonForm-force">
          <input
            type="checkbox"
            defaultChecked={this._given.force}
            onChange={event => {
              this._given.force = event.target.checked;
              this._paint();
              this.update();
            }}
          />
          {force.label}
        </label>
        {this._given.force && <p className="bb-Forced">{force.warning}</p>}
      </>
    ) : null;
  }

  private get _label(): string {
    const { force, label } = this._options;
    return force && this._given.force ? force.button : label;
  }

  private get _needed(): boolean {
    return Boolean(this._options.required) || this._given.force;
  }

  /** The dialog's own button says and shows what it will do. */
  private _paint(): void {
    if (!this._options.force) {
      return;
    }
    const button = this.node.closest('.jp-Dialog')?.querySelector('.bb-ReasonForm-do');
    button?.classList.toggle('jp-mod-warn', this._given.force);
    button?.classList.toggle('jp-mod-accept', !this._given.force);
    button?.setAttribute('aria-label', this._label);
    const label = button?.querySelector('.jp-Dialog-buttonLabel');
    if (label) {
      label.textContent = this._label;
    }
  }
}

/** What the person said, or null where they left it. Asks again while a reason that is needed is missing. */
export async function askReason(
  trans: TranslationBundle,
  options: IReasonOptions
): Promise<IReason | null> {
  const given: IReason = { reason: '', force: false };
  const make = options.warn ? Dialog.warnButton : Dialog.okButton;
  for (let missed = false; ; missed = true) {
    const { button, value } = await showDialog<IReason>({
      title: options.title,
      body: new ReasonForm(trans, options, given, missed),
      buttons: [
        Dialog.cancelButton(),
        make({ label: options.label, className: 'bb-ReasonForm-do' })
      ],
      focusNodeSelector: 'input:not([type=checkbox])'
    });
    if (!button.accept || !value) {
      return null;
    }
    if (value.reason || !(options.required || value.force)) {
      return value;
    }
  }
}
