/** The Endpoint tab of a model: what serves, where, since when, how much and how fast; and those that ended. */
import * as React from 'react';

import { EndpointState, Latency } from '../contract';
import { isLiving } from '../gates/standing';
import { Mark } from '../gates/parts';
import { useBench } from '../ui/bench';
import { RefChip, RunChip } from '../ui/chip';
import { CopyButton } from '../ui/copy';
import * as format from '../ui/format';
import { Action, Fact, Section } from '../ui/page';
import { Ago, Num } from '../ui/parts';
import { Table } from '../ui/table';
import { followed, stateWord } from './model';

export function EndpointTab(props: { endpoints: EndpointState[] }): JSX.Element {
  const { trans } = useBench();
  const living = props.endpoints.filter(isLiving);
  const ended = props.endpoints.filter(one => !isLiving(one));
  return (
    <>
      {living.map(endpoint => (
        <Living key={endpoint.run} endpoint={endpoint} />
      ))}
      {living.length === 0 && <p className="bb-Quiet">{trans.__('Nothing serves it now.')}</p>}
      {ended.length > 0 && (
        <Section title={trans.__('Ended')} count={ended.length}>
          <Ended endpoints={ended} />
        </Section>
      )}
    </>
  );
}

function StateMark(props: { endpoint: EndpointState }): JSX.Element {
  const { trans } = useBench();
  const { state } = props.endpoint;
  const looks = {
    serving: 'served',
    silent: 'error',
    elsewhere: 'served',
    ended: 'passed',
    failed: 'failed'
  } as const;
  return <Mark look={looks[state]} word={stateWord(state, trans)} />;
}

function Living(props: { endpoint: EndpointState }): JSX.Element {
  const { trans } = useBench();
  const { endpoint } = props;
  const { host, model: name, predictions, problem, since, started, version } = endpoint;
  return (
    <Section title={endpoint.ref} aside={<Buttons endpoint={endpoint} />}>
      <div className="bb-PageHeader-facts">
        <StateMark endpoint={endpoint} />
        {version !== null && (
          <Fact label={trans.__('version')}>
            <RefChip short to={{ noun: 'model', name, version }} />
          </Fact>
        )}
        <Fact label={trans.__('since')}>
          <Ago time={since} />
        </Fact>
        <Fact label={trans.__('started')}>
          <Ago time={started} />
        </Fact>
        <Fact label={trans.__('predictions')}>
          <Num value={predictions} />
        </Fact>
        <LatencyFact endpoint={endpoint} />
        <Fact label={trans.__('run')}>
          <RunChip id={endpoint.run} name={trans.__('serve %1', endpoint.ref)} />
        </Fact>
      </div>
      {problem && <p className="bb-Warning">{problem}</p>}
      {endpoint.url ? (
        <Address url={endpoint.url} host={host} />
      ) : (
        <p className="bb-Quiet">{trans.__('It serves for another user, or on another machine.')}</p>
      )}
    </Section>
  );
}

function Address(props: { url: string; host: string }): JSX.Element {
  const { trans } = useBench();
  return (
    <>
      <div className="bb-CodeLine bb-Address">
        <code>{`${props.url}/predict`}</code>
        <CopyButton text={`${props.url}/predict`} />
      </div>
      <p className="bb-Quiet">
        {trans.__(
          'On %1 only; callers need the token. It goes on when JupyterLab ends.',
          props.host
        )}
      </p>
    </>
  );
}

function percentiles(latency: Latency): string {
  const one = (key: keyof Latency): string => `${key} ${format.number(latency[key])} ms`;
  return [one('p50'), one('p95'), one('p99')].join(' · ');
}

function LatencyFact(props: { endpoint: EndpointState }): JSX.Element | null {
  const { trans } = useBench();
  const { latency } = props.endpoint;
  return latency ? (
    <Fact label={trans.__('latency')}>
      <span
        className="bb-Num"
        title={trans.__('Half of the predictions, 95 % and 99 % of them were answered within')}
      >
        {percentiles(latency)}
      </span>
    </Fact>
  ) : null;
}

function Buttons(props: { endpoint: EndpointState }): JSX.Element {
  const { commands, trans } = useBench();
  const { model: name, ref, run, url } = props.endpoint;
  const alias = followed(ref);
  return (
    <span className="bb-Actions">
      {url && <CopyAction run={run} what="curl" label={trans.__('Copy curl')} />}
      {url && <CopyAction run={run} what="token" label={trans.__('Copy token')} />}
      {alias && (
        <Action
          label={trans.__('Roll back…')}
          title={trans.__('Point %1 back at the version before', alias)}
          onClick={() => void commands.execute('benchbook:roll-back', { name, alias })}
        />
      )}
      {url && (
        <Action
          label={trans.__('Stop')}
          onClick={() => void commands.execute('benchbook:stop-endpoint', { run })}
        />
      )}
    </span>
  );
}

/** Fetches what holds the token at the click, copies it, and keeps nothing. */
function CopyAction(props: { run: string; what: string; label: string }): JSX.Element {
  const { commands, trans } = useBench();
  const [done, setDone] = React.useState(false);
  const { label, run, what } = props;
  React.useEffect(() => {
    const timer = done ? setTimeout(() => setDone(false), 1_200) : undefined;
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async (): Promise<void> => {
    setDone(await commands.execute('benchbook:copy-endpoint', { run, what }));
  };
  return <Action label={done ? trans.__('Copied') : label} onClick={() => void copy()} />;
}

function Ended(props: { endpoints: EndpointState[] }): JSX.Element {
  const { trans } = useBench();
  return (
    <Table<EndpointState>
      caption={trans.__('Ended endpoints')}
      rows={props.endpoints}
      keyOf={endpoint => endpoint.run}
      columns={[
        { title: trans.__('Served'), cell: endpoint => endpoint.ref },
        { title: trans.__('State'), cell: endpoint => <StateMark endpoint={endpoint} /> },
        {
          title: trans.__('Last version'),
          cell: ({ model: name, version }) =>
            version !== null && <RefChip short to={{ noun: 'model', name, version }} />
        },
        {
          title: trans.__('Predictions'),
          numeric: true,
          cell: endpoint => <Num value={endpoint.predictions} />
        },
        {
          title: trans.__('Ended'),
          cell: endpoint => endpoint.ended !== null && <Ago time={endpoint.ended} />
        },
        {
          title: trans.__('Why'),
          cell: endpoint => <span title={endpoint.problem}>{endpoint.problem}</span>
        }
      ]}
    />
  );
}
