/** A sidebar in Lab's own dress: title, a toolbar of commands, one React body. */
import { CommandToolbarButton, LabIcon, SidePanel, Toolbar } from '@jupyterlab/ui-components';
import { Panel, Widget } from '@lumino/widgets';

import { IWorkbench } from '../workbench';

export interface ISidebarOptions {
  id: string;
  title: string;
  icon: LabIcon;
  content: Widget;
  /** The commands of its toolbar, by id. */
  commands: string[];
}

function heading(title: string): Widget {
  const node = document.createElement('h2');
  node.textContent = title;
  node.className = 'bb-Sidebar-title';
  return new Widget({ node });
}

export function makeSidebar(bench: IWorkbench, options: ISidebarOptions): SidePanel {
  const body = new Panel();
  body.addClass('bb-Sidebar-host');
  body.addWidget(options.content);
  const panel = new SidePanel({ content: body, translator: bench.translator });
  panel.id = options.id;
  panel.addClass('bb-SidePanel');
  panel.title.caption = options.title;
  panel.title.icon = options.icon;
  body.node.setAttribute('aria-label', options.title);
  panel.toolbar.addItem('title', heading(options.title));
  panel.toolbar.addItem('spacer', Toolbar.createSpacerItem());
  for (const id of options.commands) {
    panel.toolbar.addItem(
      id,
      new CommandToolbarButton({ commands: bench.commands, id, label: '' })
    );
  }
  return panel;
}
