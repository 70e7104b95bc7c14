/** The frame of every page: header, sections, facts. */
import * as React from 'react';

export function PageHeader(props: {
  kind: string;
  title: string;
  mark?: React.ReactNode;
  actions?: React.ReactNode;
  children?: React.ReactNode;
}): JSX.Element {
  return (
    <div className="bb-PageHeader">
      <div className="bb-PageHeader-top">
        <div className="bb-PageHeader-heading">
          <span className="bb-PageHeader-kind">{props.kind}</span>
          <h1>{props.title}</h1>
          {props.mark}
        </div>
        <div className="bb-PageHeader-actions">{props.actions}</div>
      </div>
      <div className="bb-PageHeader-facts">{props.children}</div>
    </div>
  );
}

/** A label and what it says, in the header's line. */
export function Fact(props: { label: string; children: React.ReactNode }): JSX.Element {
  return (
    <span className="bb-Fact">
      <span className="bb-Fact-label">{props.label}</span>
      {props.children}
    </span>
  );
}

export function Section(props: {
  title: string;
  count?: number;
  aside?: React.ReactNode;
  children: React.ReactNode;
}): JSX.Element {
  const uid = React.useId();
  return (
    <section className="bb-Section" aria-labelledby={uid}>
      <div className="bb-Section-head">
        <h2 id={uid}>
          {props.title}
          {!!props.count && <span className="bb-Section-count">{props.count}</span>}
        </h2>
        {props.aside}
      </div>
      {props.children}
    </section>
  );
}

/** Key and value pairs; long values wrap. */
export function Pairs(props: { pairs: [string, React.ReactNode][] }): JSX.Element {
  return (
    <dl className="bb-Pairs">
      {props.pairs.map(([key, shown]) => (
        <div key={key}>
          <dt title={key}>{key}</dt>
          <dd>{shown}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A plain button of a page's header. */
export function Action(props: {
  label: string;
  title?: string;
  disabled?: boolean;
  onClick: () => void;
}): JSX.Element {
  return (
    <button
      type="button"
      className="bb-Action"
      title={props.title}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      {props.label}
    </button>
  );
}
