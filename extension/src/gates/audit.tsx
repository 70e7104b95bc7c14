/** The audit log: who did what, whether the chain of facts holds, and what was forced, in red. */
import * as React from 'react';

import { AuditLine, Verification } from '../contract';
import { useBench } from '../ui/bench';
import { Ago } from '../ui/parts';
import { ErrorBox, Skeleton } from '../ui/states';
import { Table } from '../ui/table';
import { GatesModel, SHOWN } from './model';
import { Mark } from './parts';

export function AuditTab(props: { model: GatesModel }): JSX.Element {
  const { audit, proof } = props.model;
  const error = audit.error ?? proof.error;
  return (
    <>
      {proof.value && <Proof proof={proof.value} />}
      {error && <ErrorBox error={error} onRetry={() => void audit.refresh()} />}
      {audit.value ? <Lines lines={audit.value} /> : !error && <Skeleton lines={10} />}
    </>
  );
}

/** Whether every line of the ledger follows from the one before. */
function Proof(props: { proof: Verification }): JSX.Element {
  const { trans } = useBench();
  const { hint, message, ok } = props.proof;
  return (
    <div className="bb-Proof" data-ok={ok} role="status">
      <Mark
        look={ok ? 'passed' : 'failed'}
        word={ok ? trans.__('verified') : trans.__('not verified')}
      />
      <span>{message}</span>
      {hint && <span className="bb-Quiet">{hint}</span>}
    </div>
  );
}

function Lines(props: { lines: AuditLine[] }): JSX.Element {
  const { trans } = useBench();
  return (
    <div className="bb-LongTable">
      <Table<AuditLine>
        caption={trans.__('Audit log')}
        rows={props.lines}
        keyOf={line => line.seq}
        columns={[
          { title: trans.__('No.'), numeric: true, cell: line => line.seq },
          { title: trans.__('When'), cell: line => <Ago time={line.time} /> },
          { title: trans.__('Who'), cell: line => line.actor },
          { title: trans.__('Rests on'), untitled: true, cell: line => <Rests line={line} /> },
          { title: trans.__('What'), cell: line => <What line={line} /> }
        ]}
      />
      {props.lines.length >= SHOWN && (
        <p className="bb-Quiet">
          {trans.__('The newest %1; `benchbook audit --limit` lists more.', SHOWN)}
        </p>
      )}
    </div>
  );
}

function What(props: { line: AuditLine }): JSX.Element {
  const { forced, sentence } = props.line;
  return forced ? (
    <span className="bb-Forced" title={sentence}>
      <Mark look="forced" word={sentence} />
    </span>
  ) : (
    <span title={sentence}>{sentence}</span>
  );
}

/** The verdict a fact rests on. */
function Rests(props: { line: AuditLine }): JSX.Element | null {
  const { commands, trans } = useBench();
  const { verdict: id } = props.line;
  return id ? (
    <button
      type="button"
      className="bb-Link"
      onClick={() => void commands.execute('benchbook:open-verdict', { id })}
    >
      {trans.__('verdict')}
    </button>
  ) : null;
}
