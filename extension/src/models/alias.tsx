/** Setting an alias: asks for its name, says what it moves, and records it. */
import { Dialog, Notification, ReactWidget, showDialog } from '@jupyterlab/apputils';
import * as React from 'react';

import { describe, pointedRef, textArg } from '../commands';
import { GateInfo, ModelDetail } from '../contract';
import { asError } from '../errors';
import { promote } from '../gates/actions';
import { isName } from '../refs';
import { modelsIcon } from '../ui/icons';
import { IWorkbench } from '../workbench';

const USUAL = ['champion', 'challenger'];

class AliasForm extends ReactWidget {
  constructor(
    private readonly _bench: IWorkbench,
    private readonly _detail: ModelDetail,
    private readonly _gates: GateInfo[]
  ) {
    super();
    this.addClass('bb-AliasForm');
  }

  getValue(): string {
    return this._alias.trim();
  }

  protected override render(): JSX.Element {
    const { trans } = this._bench;
    const used = this._detail.versions.flatMap(version => version.aliases);
    return (
      <>
        <label>
          {trans.__('Alias')}
          <input
            className="jp-mod-styled"
            list="bb-alias-names"
            defaultValue={this._alias}
            onChange={event => {
              this._alias = event.target.value;
              this.update();
            }}
          />
        </label>
        <datalist id="bb-alias-names">
          {[...new Set([...USUAL, ...used])].map(name => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <p className="bb-Quiet" role="status">
          {this._consequence()}
        </p>
      </>
    );
  }

  /** What setting the alias does, before it is done. */
  private _consequence(): string {
    const { trans } = this._bench;
    const { version, versions } = this._detail;
    const alias = this.getValue();
    if (!isName(alias)) {
      return trans.__("Letters, digits, '_', '-' and '.', beginning with a letter or digit.");
    }
    const holder = versions.find(other => other.aliases.includes(alias));
    if (holder?.version === version.version) {
      return trans.__('%1 points at this version already.', alias);
    }
    const gate = guard(this._gates, version.name, alias);
    if (gate) {
      return trans.__('%1 is guarded by the gate %2, which is asked first.', alias, gate.name);
    }
    return holder
      ? trans.__('%1 moves from version %2 to version %3.', alias, holder.version, version.version)
      : trans.__('%1 will point at version %2.', alias, version.version);
  }

  private _alias = 'champion';
}

/** The gate that lets the alias of the model move. */
function guard(gates: GateInfo[], model: string, alias: string): GateInfo | undefined {
  return gates.find(gate => gate.model === model && gate.alias === alias);
}

async function setAlias(bench: IWorkbench, name: string, version: number): Promise<void> {
  const { client, trans } = bench;
  // A benchbook.yaml that cannot be read guards nothing; the server says so when the alias is set.
  const guards = client.gates().catch((): GateInfo[] => []);
  const [detail, gates] = await Promise.all([client.model(name, version), guards]);
  const { button, value } = await showDialog<string>({
    title: trans.__('Set alias of %1, version %2', name, version),
    body: new AliasForm(bench, detail, gates),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Set alias') })]
  });
  if (!button.accept || !value) {
    return;
  }
  const gate = guard(gates, name, value);
  if (gate) {
    await promote(bench, gate, version);
  } else {
    await client.setAlias(name, value, version);
    await bench.live.refresh();
  }
}

export function addAliasCommand(bench: IWorkbench): void {
  const { app, commands, trans } = bench;
  commands.addCommand('benchbook:set-alias', {
    label: trans.__('Set Alias…'),
    caption: trans.__('Point an alias such as champion at this model version'),
    icon: modelsIcon,
    describedBy: describe({
      name: { type: 'string', description: 'The name of the model' },
      version: { type: 'number', description: 'The version' }
    }),
    isVisible: args => textArg(args, 'name') !== '' || pointedRef(app)?.noun === 'model',
    execute: async args => {
      const pointed = pointedRef(app);
      try {
        await setAlias(
          bench,
          textArg(args, 'name', pointed?.name),
          Number(args.version ?? pointed?.version)
        );
      } catch (thrown) {
        const { message, hint } = asError(thrown);
        Notification.error([message, hint].filter(Boolean).join(' '));
      }
    }
  });
}
