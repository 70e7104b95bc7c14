import { describe, expect, it } from 'vitest';

import { asError, errorOf } from './errors';

describe('errorOf', () => {
  it('says what the server said', () => {
    const body = JSON.stringify({
      message: 'There is no model.',
      hint: 'Did you mean: delay?',
      type: 'NotFound'
    });
    const error = errorOf(body, 404);
    expect([error.message, error.hint, error.type, error.status]).toEqual([
      'There is no model.',
      'Did you mean: delay?',
      'NotFound',
      404
    ]);
    expect(error.details).toBe('NotFound (HTTP 404)\nThere is no model.\nDid you mean: delay?');
  });

  it('knows the verdict of the gate that refused', () => {
    const body = JSON.stringify({ message: 'no', type: 'GateFailed', verdict: { id: 'abc' } });
    expect(errorOf(body, 409).verdict).toBe('abc');
    expect(errorOf('{"message": "no", "verdict": 5}', 409).verdict).toBe('');
  });

  it.each(['<html>Bad gateway</html>', '', 'null', '[]', '{"message": 5}'])(
    'bears a body that is not ours: %j',
    body => {
      expect(errorOf(body, 502).message).toBe('The server answered with status 502.');
    }
  );
});

it('anything thrown becomes an error that can be shown', () => {
  expect([asError(new TypeError('x')).type, asError('broken').message]).toEqual([
    'TypeError',
    'broken'
  ]);
});
