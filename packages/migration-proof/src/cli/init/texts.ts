import type { FoundTool } from '../../history/recognisers/find-tools.ts'
import type { PackageManager } from './package-manager.ts'

/** The config that reads the folder of a tool. */
export function configText(
  name: string,
  { entry, call, folder, options }: FoundTool,
  fixtures: string,
): string {
  const members = Object.entries(options).map(([key, value]) => `${key}: ${literal(value)}`)
  const given = [literal(folder), ...(members.length === 0 ? [] : [`{ ${members.join(', ')} }`])].join(', ')
  return `import { defineConfig } from 'migration-proof'
import { ${call} } from 'migration-proof/${entry}'

export default defineConfig({ name: ${literal(name)}, ...${call}(${given}), fixtures: ${literal(fixtures)} })
`
}

function literal(value: string | boolean): string {
  return typeof value === 'string'
    ? `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
    : `${value}`
}

/** What runs the tests of a project. */
export type TestRunner = 'vitest' | 'jest' | 'node'

export interface TestFile {
  readonly runner: TestRunner
  /** Whether the file is a module that knows its URL; otherwise it knows its path as CommonJS does. */
  readonly isModule: boolean
  /** Whether it is written with `import`. */
  readonly imports: boolean
}

/** A test that runs `verify`, from a folder in that of the project. */
export function testText({ runner, isModule, imports }: TestFile): string {
  const bring = (names: string, from: string) =>
    imports ? `import { ${names} } from '${from}'` : `const { ${names} } = require('${from}')`
  const [here, folder] = isModule
    ? ['import.meta.url', "new URL('..', import.meta.url)"]
    : ['__filename', "join(__dirname, '..')"]
  const [first, last, judgement] = judgements[runner]
  const brought = [
    ...first.map(([names, from]) => bring(names, from)),
    bring('spawnSync', 'node:child_process'),
    bring('createRequire', 'node:module'),
    bring('dirname, join', 'node:path'),
    ...last.map(([names, from]) => bring(names, from)),
  ]
  return `${brought.join('\n')}

const own = createRequire(${here}).resolve('migration-proof/package.json')
const program = join(dirname(own), 'bin', 'migration-proof.cjs')

it('upgrades every database that users still hold', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'verify'], {
    cwd: ${folder},
    encoding: 'utf8',
  })
  ${judgement}
`
}

type Import = readonly [names: string, from: string]

/** What is imported before and after the modules of Node that each test needs, and how the result is judged. */
const judgements: Readonly<Record<TestRunner, readonly [readonly Import[], readonly Import[], string]>> = {
  vitest: [[], [['expect, it', 'vitest']], 'expect(status, stdout + stderr).toBe(0)\n}, 600_000)'],
  jest: [[], [], "expect(status === 0 ? '' : stdout + stderr).toBe('')\n}, 600_000)"],
  node: [[['equal', 'node:assert/strict']], [['it', 'node:test']], 'equal(status, 0, stdout + stderr)\n})'],
}

/** Where a workflow runs: paths from the folder of the repository, with slashes; empty for that folder itself. */
export interface WorkflowFolders {
  readonly project: string
  /** That of the lockfile. */
  readonly lock: string
}

/** A workflow of GitHub that proves the upgrades, and compares each pull request with the branch that it goes into. */
export function workflowText(
  manager: PackageManager,
  { project, lock }: WorkflowFolders,
  knowsVersion: boolean,
): string {
  const cached =
    manager.lockFile === null || manager.name === 'bun' ? [] : [`          cache: ${manager.name}`]
  const lockPath =
    manager.lockFile === null ? '' : [lock, manager.lockFile].filter((part) => part !== '').join('/')
  const path =
    cached.length === 0 || lock === '' ? [] : [`          cache-dependency-path: ${scalar(lockPath)}`]
  const setUp = {
    npm: [],
    pnpm: [
      '      - uses: pnpm/action-setup@v4',
      ...(knowsVersion ? [] : ['        with:', '          version: latest']),
    ],
    yarn: knowsVersion ? ['      - run: corepack enable'] : [],
    bun: ['      - uses: oven-sh/setup-bun@v2'],
  }
  const inFolder = (folder: string) =>
    folder === project ? [] : [`        working-directory: ${folder === '' ? '.' : scalar(folder)}`]
  return `${[
    'name: Migrations',
    '',
    'on:',
    '  push:',
    '    branches: [main, master]',
    '  pull_request:',
    '',
    'permissions:',
    '  contents: read',
    '',
    'jobs:',
    '  verify:',
    '    runs-on: ubuntu-latest',
    ...(project === ''
      ? []
      : ['    defaults:', '      run:', `        working-directory: ${scalar(project)}`]),
    '    steps:',
    '      - uses: actions/checkout@v4',
    '        with:',
    '          # The gate compares with the branch that a pull request goes into.',
    '          fetch-depth: 0',
    ...setUp[manager.name],
    '      - uses: actions/setup-node@v4',
    '        with:',
    '          node-version: 24',
    ...cached,
    ...path,
    `      - run: ${manager.install}`,
    ...inFolder(lock),
    '      - run: npx --no-install migration-proof freeze --check',
    '      - run: npx --no-install migration-proof verify',
    '      - run: npx --no-install migration-proof lint',
    "      - if: github.event_name == 'pull_request'",
    '        run: npx --no-install migration-proof gate --history --base "origin/$GITHUB_BASE_REF"',
  ].join('\n')}\n`
}

/** A text of YAML. */
function scalar(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : JSON.stringify(text)
}
