/** Tabs of a page, as the ARIA pattern asks: arrows move, one tab stop, greyed where there is nothing. */
import * as React from 'react';

export interface ITab {
  id: string;
  label: string;
  count?: number;
  /** How many things in it wait for somebody; stands out. */
  badge?: number;
  disabled?: boolean;
  render: () => React.ReactNode;
}

function neighbour(tabs: ITab[], from: string, key: string): ITab | undefined {
  const open = tabs.filter(tab => !tab.disabled);
  const at = open.findIndex(tab => tab.id === from);
  const targets = new Map([
    ['ArrowRight', open[(at + 1) % open.length]],
    ['ArrowLeft', open[(at + open.length - 1) % open.length]],
    ['Home', open[0]],
    ['End', open[open.length - 1]]
  ]);
  return targets.get(key);
}

export function Tabs(props: {
  tabs: ITab[];
  current: string;
  label: string;
  onSelect: (id: string) => void;
}): JSX.Element {
  const uid = React.useId();
  const shown = props.tabs.find(tab => tab.id === props.current && !tab.disabled) ?? props.tabs[0];
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const next = neighbour(props.tabs, shown.id, event.key);
    if (next) {
      event.preventDefault();
      props.onSelect(next.id);
      document.getElementById(`${uid}${next.id}`)?.focus();
    }
  };
  return (
    <>
      <div className="bb-Tabs" role="tablist" aria-label={props.label} onKeyDown={onKeyDown}>
        {props.tabs.map(tab => (
          <button
            key={tab.id}
            id={`${uid}${tab.id}`}
            type="button"
            role="tab"
            className="bb-Tab"
            aria-selected={tab.id === shown.id}
            aria-controls={tab.id === shown.id ? `${uid}panel` : undefined}
            tabIndex={tab.id === shown.id ? 0 : -1}
            disabled={tab.disabled}
            onClick={() => props.onSelect(tab.id)}
          >
            {tab.label}
            {!!tab.count && <span className="bb-Tab-count">{tab.count}</span>}
            {!!tab.badge && <span className="bb-Badge">{tab.badge}</span>}
          </button>
        ))}
      </div>
      <div
        className="bb-TabPanel"
        role="tabpanel"
        id={`${uid}panel`}
        aria-labelledby={`${uid}${shown.id}`}
      >
        {shown.render()}
      </div>
    </>
  );
}
