/** What stands above a monitor's page: trouble, a retraining that waits for a person, one that goes on. */
import * as React from 'react';

import { MonitorAnswer, MonitorPage as Page, RetrainingDue } from '../contract';
import { useBench } from '../ui/bench';
import { ErrorBox } from '../ui/states';
import { MonitorPageModel } from './model';

export function Notices(props: { model: MonitorPageModel; answer: MonitorAnswer }): JSX.Element {
  const { answer, model } = props;
  const { trouble } = answer.page;
  const told = [...new Set([...trouble, ...(trouble.length === 0 ? [answer.problem] : [])])];
  return (
    <>
      {model.failure && <ErrorBox error={model.failure} />}
      {told.filter(Boolean).map(text => (
        <p key={text} className="bb-Warning" role="status">
          {text}
        </p>
      ))}
      <RetrainingNotice answer={answer} />
    </>
  );
}

function RetrainingNotice(props: { answer: MonitorAnswer }): JSX.Element | null {
  const { due, page } = props.answer;
  if (!due) {
    return null;
  }
  // Where the loop retrains by itself, what is due begins at its next turn.
  const isAsked = page.asks || page.loop !== 'on';
  if (due.begun) {
    return <UnderWay {...props} due={due} />;
  }
  return isAsked ? <Waiting page={page} due={due} /> : null;
}

function UnderWay(props: { answer: MonitorAnswer; due: RetrainingDue }): JSX.Element {
  const { commands, trans } = useBench();
  const { page, retraining } = props.answer;
  return (
    <p className="bb-Notice" role="status">
      {trans.__('A retraining for %1 is under way.', props.due.chunk)}
      {!retraining && (
        <button
          type="button"
          className="bb-Link"
          title={trans.__('Where the process that did it has died; else nothing happens.')}
          onClick={() => void commands.execute('benchbook:retrain-monitor', { name: page.name })}
        >
          {trans.__('Take it up…')}
        </button>
      )}
    </p>
  );
}

/** A retraining that may begin, and waits for a person's word. */
function Waiting(props: { page: Page; due: RetrainingDue }): JSX.Element {
  const { commands, trans } = useBench();
  const { due, page } = props;
  const { name } = page;
  return (
    <p className="bb-Notice" role="status">
      {trans._n(
        'A retraining for %2 waits for you: %1 alert calls for it.',
        'A retraining for %2 waits for you: %1 alerts call for it.',
        due.alerts.length,
        due.chunk
      )}
      <button
        type="button"
        className="bb-Link"
        onClick={() => void commands.execute('benchbook:retrain-monitor', { name })}
      >
        {trans.__('Retrain now…')}
      </button>
      <button
        type="button"
        className="bb-Link"
        onClick={() =>
          void commands.execute('benchbook:close-alerts', { name, alerts: due.alerts })
        }
      >
        {trans.__('No, close them…')}
      </button>
    </p>
  );
}
