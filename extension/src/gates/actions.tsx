/** What can be done at a gate: ask it, promote through it, say yes or no, roll back. Each is a command. */
import { Notification } from '@jupyterlab/apputils';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { describe, pointedRef, textArg } from '../commands';
import { ApprovalRequest, GateInfo } from '../contract';
import { asError, BenchbookError } from '../errors';
import { gatesIcon } from '../ui/icons';
import { askReason } from '../ui/reason';
import { IWorkbench } from '../workbench';
import { versionBefore } from './model';

const VERSION = {
  name: { type: 'string', description: 'The name of the model' },
  version: { type: 'number', description: 'The version' }
};
const REQUEST = { request: { type: 'string', description: 'The id of the request for approval' } };

function openVerdict(bench: IWorkbench, id: string | undefined): void {
  if (id) {
    void bench.commands.execute('benchbook:open-verdict', { id });
  }
}

/** Show the verdict where the person still waits for it; where they went on, only say that it is there. */
function bring(bench: IWorkbench, from: string, id: string | undefined, sentence: string): void {
  if (bench.current.id === from) {
    openVerdict(bench, id);
  } else {
    const label = bench.trans.__('Show the verdict');
    const actions = id ? [{ label, callback: () => openVerdict(bench, id) }] : [];
    Notification.info(sentence, { actions });
  }
}

function tell(bench: IWorkbench, from: string, error: BenchbookError): void {
  if (error.verdict) {
    bring(bench, from, error.verdict, error.message);
  } else if (error.type !== 'Cancelled') {
    Notification.error([error.message, error.hint].filter(Boolean).join(' '));
  }
}

/** Do it, show everything anew, and say what went wrong; a gate that says no shows its verdict. Whether it went well. */
export async function attempt(bench: IWorkbench, work: () => Promise<void>): Promise<boolean> {
  const from = bench.current.id;
  let done = true;
  try {
    await work();
  } catch (thrown) {
    done = false;
    tell(bench, from, asError(thrown));
  }
  await bench.live.refresh();
  return done;
}

/** The gate that guards an alias of a model, if one does. */
export async function guardOf(
  bench: IWorkbench,
  model: string,
  alias?: string
): Promise<GateInfo | null> {
  const gates = await bench.client.gates();
  const found = gates.find(
    gate => gate.model === model && (alias === undefined || gate.alias === alias)
  );
  return found ?? null;
}

/** What promoting will do, before it is done. */
function consequences({ trans }: IWorkbench, gate: GateInfo, version: number): string[] {
  const { alias, approvers, current, name, needed } = gate;
  const to = `${gate.model}:${version}`;
  const moves =
    current === null
      ? trans.__('If %1 passes the gate %2, %3 points at it.', to, name, alias)
      : trans.__(
          'If %1 passes the gate %2, %3 moves to it from version %4.',
          to,
          name,
          alias,
          current
        );
  const waits = trans.__('Then %1 of %2 must approve.', needed, approvers.join(', '));
  return needed > 0 ? [moves, waits] : [moves];
}

/** Let the gate decide whether its alias moves to `version`; asks before, and shows the verdict afterwards. */
export async function promote(bench: IWorkbench, gate: GateInfo, version: number): Promise<void> {
  const { client, tasks, trans } = bench;
  const { alias, model } = gate;
  const to = `${model}:${version}`;
  const given = await askReason(trans, {
    title: trans.__('Promote %1 to %2', to, alias),
    sentences: consequences(bench, gate, version),
    label: trans.__('Promote'),
    force: {
      label: trans.__('Force it past the gate'),
      button: trans.__('Force'),
      warning: trans.__(
        'It moves whatever gate and approvers say, and stands out in red in the audit log.'
      )
    }
  });
  if (given === null) {
    return;
  }
  const from = bench.current.id;
  await attempt(bench, async () => {
    const label = trans.__('Promoting %1 to %2: asking the gate %3', to, alias, gate.name);
    const done = await tasks.run(label, onLong =>
      client.promote(model, { version, alias, ...given }, onLong)
    );
    bring(bench, from, done.verdict?.id, done.sentence);
  });
}

/** Let a gate judge a version, and show the verdict. */
export async function evaluate(bench: IWorkbench, gate: GateInfo, version: number): Promise<void> {
  const { client, tasks, trans } = bench;
  const from = bench.current.id;
  await attempt(bench, async () => {
    const label = trans.__(
      'Asking the gate %1 about %2: %3',
      gate.name,
      `${gate.model}:${version}`,
      trans._n('%1 check', '%1 checks', gate.checks.length)
    );
    const verdict = await tasks.run(label, onLong => client.evaluate(gate.name, version, onLong));
    bring(bench, from, verdict.id, verdict.sentence);
  });
}

export async function approve(bench: IWorkbench, request: ApprovalRequest): Promise<void> {
  const { client, trans } = bench;
  const { alias, id, model, version } = request;
  const given = await askReason(trans, {
    title: trans.__('Approve that %1 becomes %2', `${model}:${version}`, alias),
    sentences: [trans.__('With the last approval that is needed, the alias moves.')],
    label: trans.__('Approve')
  });
  if (given) {
    await attempt(bench, async () => void (await client.approve(id, given.reason)));
  }
}

export async function reject(bench: IWorkbench, request: ApprovalRequest): Promise<void> {
  const { client, trans } = bench;
  const { alias, id, model, version } = request;
  const given = await askReason(trans, {
    title: trans.__('Reject that %1 becomes %2', `${model}:${version}`, alias),
    sentences: [trans.__('The alias stays where it is; promoting again makes a new request.')],
    label: trans.__('Reject'),
    warn: true,
    required: true
  });
  if (given) {
    await attempt(bench, async () => void (await client.reject(id, given.reason)));
  }
}

async function rollBack(bench: IWorkbench, model: string, alias: string): Promise<void> {
  const { client, trans } = bench;
  const detail = await client.model(model, 'latest');
  const now = detail.versions.find(one => one.aliases.includes(alias))?.version;
  const before = versionBefore(detail.alias_history, alias);
  if (before === null || now === undefined) {
    Notification.info(trans.__('There is no version before to roll %1 back to.', alias));
    return;
  }
  const given = await askReason(trans, {
    title: trans.__('Roll %1 back', `${model}@${alias}`),
    sentences: [
      trans.__('It goes from version %1 back to version %2, at once.', now, before),
      trans.__('Endpoints that follow it serve version %1 within a second.', before)
    ],
    label: trans.__('Roll back'),
    warn: true
  });
  if (given) {
    await attempt(bench, async () => void (await client.rollBack(model, alias, given.reason)));
  }
}

/** The version that arguments name, or the one under the context menu. */
function versionOf(
  bench: IWorkbench,
  args: ReadonlyPartialJSONObject
): { name: string; version: number } {
  const pointed = textArg(args, 'name') ? null : pointedRef(bench.app);
  return {
    name: textArg(args, 'name', pointed?.name),
    version: Number(args.version ?? pointed?.version)
  };
}

async function atGate(
  bench: IWorkbench,
  args: ReadonlyPartialJSONObject,
  act: (gate: GateInfo, version: number) => Promise<void>
): Promise<void> {
  const { name, version } = versionOf(bench, args);
  await attempt(bench, async () => {
    const gate = await guardOf(bench, name, textArg(args, 'alias') || undefined);
    if (gate) {
      await act(gate, version);
    } else {
      Notification.info(
        bench.trans.__('No gate in benchbook.yaml is about %1. Write one under "gates:".', name)
      );
    }
  });
}

async function onRequest(
  bench: IWorkbench,
  args: ReadonlyPartialJSONObject,
  act: (bench: IWorkbench, request: ApprovalRequest) => Promise<void>
): Promise<void> {
  await attempt(bench, async () => {
    const id = textArg(args, 'request');
    const found = (await bench.client.approvals()).find(one => one.id === id);
    if (found) {
      await act(bench, found);
    }
  });
}

export function addGateCommands(bench: IWorkbench): void {
  const { app, commands, trans } = bench;
  const isVisible = (args: ReadonlyPartialJSONObject): boolean =>
    textArg(args, 'name') !== '' || pointedRef(app)?.noun === 'model';
  commands.addCommand('benchbook:evaluate-gate', {
    label: trans.__('Ask the Gate'),
    caption: trans.__('Let the gate judge this model version and record its verdict'),
    icon: gatesIcon,
    describedBy: describe(VERSION),
    isVisible,
    execute: args => atGate(bench, args, (gate, version) => evaluate(bench, gate, version))
  });
  commands.addCommand('benchbook:promote', {
    label: trans.__('Promote…'),
    caption: trans.__('Move the alias that a gate guards to this model version'),
    icon: gatesIcon,
    describedBy: describe({ ...VERSION, alias: { type: 'string', description: 'The alias' } }),
    isVisible,
    execute: args => atGate(bench, args, (gate, version) => promote(bench, gate, version))
  });
  commands.addCommand('benchbook:approve', {
    label: trans.__('Approve…'),
    caption: trans.__('Approve a promotion that waits'),
    describedBy: describe(REQUEST, ['request']),
    execute: args => onRequest(bench, args, approve)
  });
  commands.addCommand('benchbook:reject', {
    label: trans.__('Reject…'),
    caption: trans.__('Reject a promotion that waits'),
    describedBy: describe(REQUEST, ['request']),
    execute: args => onRequest(bench, args, reject)
  });
  commands.addCommand('benchbook:roll-back', {
    label: trans.__('Roll Back…'),
    caption: trans.__('Point an alias back at the version before'),
    describedBy: describe(
      { name: VERSION.name, alias: { type: 'string', description: 'The alias' } },
      ['name', 'alias']
    ),
    execute: args =>
      attempt(bench, () => rollBack(bench, textArg(args, 'name'), textArg(args, 'alias')))
  });
}
