/** A Lumino widget inside a component: attached while the component stands, then disposed. */
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

export function LuminoHost(props: { className: string; make: () => Widget }): JSX.Element {
  const host = React.useRef<HTMLDivElement>(null);
  const { make } = props;
  // A layout effect is cleaned up while the node is still in the page, which Lumino wants of what it detaches.
  React.useLayoutEffect(() => {
    const node = host.current;
    if (!node) {
      return;
    }
    const widget = make();
    Widget.attach(widget, node);
    const resize = new ResizeObserver(() => {
      MessageLoop.postMessage(widget, Widget.ResizeMessage.UnknownSize);
    });
    resize.observe(node);
    return () => {
      resize.disconnect();
      widget.dispose();
    };
  }, [make]);
  return <div ref={host} className={props.className} />;
}
