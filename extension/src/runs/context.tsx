/** The tabs that say in what surroundings a run ran: code, environment, log. */
import * as React from 'react';

import { CodeState, EnvironmentState, Run } from '../contract';
import { useBench, useChanges } from '../ui/bench';
import { IdChip } from '../ui/copy';
import { bytes, moment, number } from '../ui/format';
import { Pairs, Section } from '../ui/page';
import { Empty, ErrorBox, Skeleton } from '../ui/states';
import { Table } from '../ui/table';
import { RunDetail } from './detail';

export function CodeTab(props: { code: CodeState }): JSX.Element {
  const { trans } = useBench();
  const { code } = props;
  const pairs: [string, React.ReactNode][] = [
    [trans.__('Notebook'), code.notebook || trans.__('none')],
    [
      trans.__('Commit'),
      code.commit ? (
        <IdChip id={code.commit} shown={code.commit.slice(0, 10)} />
      ) : (
        trans.__('not in git')
      )
    ],
    [trans.__('Branch'), code.branch],
    [trans.__('Uncommitted changes'), code.commit ? <Changes code={code} /> : null],
    [trans.__('Notebook source'), code.source ? <IdChip id={code.source} /> : null]
  ];
  return (
    <Section title={trans.__('Code as it was')}>
      <Pairs pairs={pairs.filter(([, shown]) => Boolean(shown))} />
    </Section>
  );
}

function Changes(props: { code: CodeState }): JSX.Element {
  const { trans } = useBench();
  const { dirty, diff } = props.code;
  return (
    <>
      {dirty ? trans.__('yes, kept as') : trans.__('none')} {diff && <IdChip id={diff} />}
    </>
  );
}

export function EnvironmentTab(props: { environment: EnvironmentState; run: Run }): JSX.Element {
  const { trans } = useBench();
  const { environment, run } = props;
  const packages = Object.entries(environment.key_packages);
  return (
    <>
      <Section title={trans.__('Machine')}>
        <Pairs
          pairs={[
            [trans.__('Python'), environment.python],
            [trans.__('Platform'), environment.platform],
            [
              trans.__('Processor'),
              [environment.processor, environment.machine].filter(Boolean).join(' · ')
            ],
            [trans.__('Cores'), number(environment.cores)],
            [trans.__('Memory'), bytes(environment.memory)],
            [trans.__('Host'), trans.__('%1, process %2', run.host, run.pid)],
            [trans.__('All packages'), <PackageList key="all" environment={environment} />]
          ]}
        />
      </Section>
      {packages.length > 0 && (
        <Section title={trans.__('Key packages')} count={packages.length}>
          <Table
            caption={trans.__('Key packages')}
            rows={packages}
            keyOf={([name]) => name}
            columns={[
              { title: trans.__('Package'), cell: ([name]) => name },
              { title: trans.__('Version'), cell: ([, version]) => version }
            ]}
          />
        </Section>
      )}
    </>
  );
}

function PackageList(props: { environment: EnvironmentState }): JSX.Element {
  const { trans } = useBench();
  return (
    <>
      {trans.__('%1, listed in', number(props.environment.package_count))}{' '}
      <IdChip id={props.environment.packages} />
    </>
  );
}

export function LogTab(props: { model: RunDetail }): JSX.Element {
  const { trans } = useBench();
  const { log } = props.model;
  useChanges(log);
  if (log.error) {
    return <ErrorBox error={log.error} onRetry={() => void log.refresh()} />;
  }
  if (!log.value) {
    return <Skeleton />;
  }
  if (log.value.length === 0) {
    return (
      <Empty sentence={trans.__('This run has logged no text.')} code={'run.log_text("started")'} />
    );
  }
  return (
    <div className="bb-Log" role="log" tabIndex={0} aria-label={trans.__('Log')}>
      {log.value.map((line, at) => (
        <div key={at} className="bb-Log-line">
          <time title={moment(line.time)}>{new Date(line.time * 1000).toLocaleTimeString()}</time>
          <span>{line.text}</span>
        </div>
      ))}
    </div>
  );
}
