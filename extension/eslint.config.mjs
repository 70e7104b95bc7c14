import js from '@eslint/js';
import jupyter from '@jupyter/eslint-plugin';
import prettier from 'eslint-config-prettier';
import hooks from 'eslint-plugin-react-hooks';
import sonarjs from 'eslint-plugin-sonarjs';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['benchbook_lab/**', 'lib/**', 'node_modules/**', 'src/contract.ts'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  { plugins: { jupyter } },
  ...[jupyter.configs.recommended].flat(),
  {
    files: ['src/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': hooks, sonarjs },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      'sonarjs/cognitive-complexity': ['error', 6],
      complexity: ['error', 8],
      'max-lines': ['error', { max: 400, skipComments: true }],
      'no-console': 'error',
      // Sidebars are drawn at start anyway, and the pages, which are not, are lazy components.
      'jupyter/prefer-lazy-imports': 'off',
      eqeqeq: 'error',
      '@typescript-eslint/no-explicit-any': 'error'
    }
  },
  {
    files: ['src/**/*.test.ts'],
    rules: {
      // What tests say is data, not shown to anybody.
      'jupyter/no-untranslated-string': 'off'
    }
  },
  prettier
);
