import { describe, expect, it } from 'vitest';

import { fetches, isInline, isShown, safeNotebook } from './untrusted';

describe('safeNotebook', () => {
  it('keeps pictures and text, and drops scripts, widgets and unknown kinds', () => {
    const data = {
      'application/javascript': 'alert(1)',
      'application/vnd.jupyter.widget-view+json': {},
      'image/png': 'iVBOR',
      'text/plain': 'x'
    };
    const cell = {
      cell_type: 'code',
      metadata: { trusted: true },
      outputs: [{ output_type: 'display_data', data }]
    };
    expect(safeNotebook({ nbformat: 4, cells: [cell] })).toEqual({
      nbformat: 4,
      cells: [
        {
          cell_type: 'code',
          metadata: { trusted: false },
          outputs: [
            { output_type: 'display_data', data: { 'image/png': 'iVBOR', 'text/plain': 'x' } }
          ]
        }
      ]
    });
  });

  it.each([{}, { cells: 'x' }, { cells: [null, 3] }])(
    'bears a file that is no notebook: %j',
    notebook => {
      expect(Array.isArray(safeNotebook(notebook).cells)).toBe(true);
    }
  );
});

describe('charts', () => {
  const inline = { data: { values: [{ a: 1 }] }, mark: 'bar' };
  const remote = { layer: [{ data: { url: 'https://elsewhere.example/x.json' } }] };

  it('are shown when they carry their data, and dropped when they would fetch it', () => {
    expect([inline, remote].map(spec => isShown('application/vnd.vegalite.v5+json', spec))).toEqual(
      [true, false]
    );
  });

  it('are searched to any depth', () => {
    expect(fetches([{ a: [{ b: { url: 'x' } }] }])).toBe(true);
  });
});

describe('isInline', () => {
  it.each(['data:image/png;base64,xx', 'attachment:plot.png', '#part'])('lets %s stay', address => {
    expect(isInline(address)).toBe(true);
  });

  it.each([
    'https://elsewhere.example/x.png',
    '//elsewhere.example/x',
    '/files/x.png',
    'x.png',
    'data:text/html,x',
    'javascript:alert(1)'
  ])('strips %s', address => {
    expect(isInline(address)).toBe(false);
  });
});
