/** What is under way, above or below what it will change: a moving mark, the seconds, and a way to end it. */
import * as React from 'react';

import { ITask } from '../tasks';
import { useBench, useChanges } from './bench';
import { useSecond } from './clock';
import * as format from './format';

export function UnderWay(): JSX.Element {
  const { tasks } = useBench();
  useChanges(tasks);
  return (
    <div className="bb-UnderWay" role="status">
      {tasks.list.map(task => (
        <Task key={task.key} task={task} />
      ))}
    </div>
  );
}

function Task(props: { task: ITask }): JSX.Element {
  const { trans } = useBench();
  const { cancel, label, started } = props.task;
  const [ending, setEnding] = React.useState(false);
  return (
    <div className="bb-Task">
      <span className="bb-StatusItem-dot" aria-hidden="true" />
      <span className="bb-Task-label">{label}</span>
      <Seconds since={started} />
      {cancel && (
        <button
          type="button"
          className="bb-Link"
          disabled={ending}
          onClick={() => {
            setEnding(true);
            // It may have ended a moment before: then its result is there, and there is nothing to say.
            cancel().catch(() => setEnding(false));
          }}
        >
          {trans.__('Cancel')}
        </button>
      )}
    </div>
  );
}

/** Seconds that tick; not read aloud each time. */
function Seconds(props: { since: number }): JSX.Element {
  const now = useSecond();
  return (
    <span className="bb-Time" aria-hidden="true">
      {format.elapsed(now - props.since)}
    </span>
  );
}
