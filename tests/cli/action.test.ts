// Goal: the action does in another repository what its page says: it runs the package that any package manager installed, and keeps
// one comment on a pull request, or says in one sentence why it cannot.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { projectFolder } from '../support/imports.ts'

interface Action {
  readonly branding: { readonly icon: string; readonly color: string }
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>
  readonly outputs: Readonly<Record<string, { readonly description: string }>>
}

const text = readFileSync(join(projectFolder, 'action.yml'), 'utf8')
const action: Action = parse(text)
const page = readFileSync(join(projectFolder, 'packages/migration-proof/docs/ci.md'), 'utf8')

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function makeFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'action-'))
  folders.push(folder)
  for (const [file, content] of Object.entries({ '.git/HEAD': '', ...files })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), content)
  }
  return folder
}

/** The rows of the table of the page that has this title. */
function rowsOf(title: string): readonly (readonly string[])[] {
  const [, table = ''] =
    new RegExp(`^\\| ${title} \\|.*\\n\\| --- .*\\n((?:\\|.*\\n)+)`, 'm').exec(page) ?? []
  return table
    .trimEnd()
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')),
    )
}

describe('action.yml', () => {
  it('has each input in the table of its page, with what it is and its default', () => {
    const expected = Object.entries(action.inputs).map(([name, { description, default: value }]) => [
      name,
      description,
      value.includes('${{') ? expect.stringMatching(/^(the branch|that of)/) : value,
    ])
    expect(rowsOf('input')).toEqual(expected)
  })

  it('has each output in the table of its page', () => {
    expect(rowsOf('output')).toEqual(
      Object.entries(action.outputs).map(([name, { description }]) => [name, description]),
    )
  })

  it('uses each input', () => {
    const names = Object.keys(action.inputs)
    expect(names.filter((name) => !text.includes(`inputs.${name}`))).toEqual([])
  })

  it('has the branding that the marketplace asks for', () => {
    expect(action.branding).toEqual({ icon: 'database', color: 'green' })
  })
})

/** A program in the place of the package, which prints what it was given. */
const program = `console.log(JSON.stringify(process.argv.slice(2)))\nprocess.exitCode = 1\n`
const bin = 'node_modules/migration-proof/bin/migration-proof.cjs'
const inputs = { COMMAND: 'gate', FULL: 'false', CONFIG: '', BASE: '', OUTPUT: 'gate-results', FOLDER: '.' }

function runAction(folder: string, given: NodeJS.ProcessEnv = {}, step = 'run') {
  const output = join(folder, 'output.txt')
  rmSync(output, { force: true })
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(projectFolder, 'tools/action/run.mjs'), step],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, ...inputs, GITHUB_OUTPUT: output, ...given } },
  )
  const outputs = existsSync(output) ? readFileSync(output, 'utf8').trimEnd().split('\n') : []
  return {
    status,
    stdout,
    stderr,
    outputs: Object.fromEntries(outputs.map((line) => line.split(/=(.*)/s).slice(0, 2))),
  }
}

describe('the package', () => {
  it.for([
    ['npm, Yarn or Bun', { [bin]: program }, '.'],
    ['a workspace, whose root has it', { [bin]: program, 'packages/app/package.json': '{}' }, 'packages/app'],
  ] as const)('installed by %s is run, and its exit code kept', ([, files, FOLDER]) => {
    const folder = makeFolder(files)
    const { status, stdout, outputs } = runAction(folder, { FOLDER, BASE: 'origin/main', FULL: 'true' })
    expect(JSON.parse(stdout)).toEqual([
      'gate',
      ...['--output-dir', 'gate-results', '--base', 'origin/main', '--full'],
    ])
    expect(status).toBe(1)
    expect(outputs).toEqual({ folder: join(folder, FOLDER, 'gate-results'), 'exit-code': '1' })
  })

  it('installed by pnpm, which links it, is run', () => {
    const folder = makeFolder({ 'node_modules/.pnpm/a/package/bin/migration-proof.cjs': program })
    symlinkSync(
      join(folder, 'node_modules/.pnpm/a/package'),
      join(folder, 'node_modules/migration-proof'),
      'junction',
    )
    expect(JSON.parse(runAction(folder, { COMMAND: 'verify', CONFIG: 'a b.mjs' }).stdout)).toEqual([
      'verify',
      '--config',
      'a b.mjs',
    ])
  })

  it.skipIf(process.platform === 'win32')('of a project without node_modules is run by Yarn', () => {
    const folder = makeFolder({ '.pnp.cjs': '', 'yarn.lock': '' })
    const yarn = join(makeFolder({ yarn: '#!/bin/sh\necho "yarn $*"\n' }), 'yarn')
    spawnSync('chmod', ['+x', yarn])
    const { stdout } = runAction(folder, { PATH: `${dirname(yarn)}:${process.env.PATH}`, COMMAND: 'verify' })
    expect(stdout).toBe('yarn run migration-proof verify\n')
  })

  it.for([
    ['package-lock.json', 'npm ci'],
    ['pnpm-lock.yaml', 'pnpm install --frozen-lockfile'],
    ['yarn.lock', 'yarn install'],
    ['bun.lock', 'bun install --frozen-lockfile'],
    ['none', 'npm install'],
  ])('that is missing beside %s is named, with what installs it', ([lock = '', install = '']) => {
    const { status, stderr } = runAction(makeFolder({ [lock]: '' }))
    expect(stderr).toMatch(/^::error title=migration-proof::migration-proof is not installed: [^\n]+\n$/)
    expect(stderr).toContain(`\`run: ${install}\``)
    expect(status).toBe(2)
  })

  it('keeps its results beside the packages', () => {
    const folder = makeFolder({ [bin]: program, 'app/package.json': '{}' })
    const { outputs, stdout } = runAction(folder, { FOLDER: 'app' }, 'find')
    expect(outputs).toEqual({ cache: join(folder, 'node_modules/.cache/migration-proof') })
    expect(stdout).toBe('')
  })

  it.for([
    [{ COMMAND: 'prove\n::error::x' }, /^::error title=migration-proof::The input command: [^\n]+\n$/],
    [{ FULL: 'yes' }, /^::error title=migration-proof::The input full: [^\n]+\n$/],
    [{ FOLDER: 'nowhere' }, /^::error title=migration-proof::The input working-directory: [^\n]+\n$/],
  ] as const)('is not run with wrong inputs: %j', ([given, sentence]) => {
    const { status, stderr } = runAction(makeFolder({ [bin]: program }), given)
    expect(stderr).toMatch(sentence)
    expect(status).toBe(2)
  })
})

const servers: ChildProcess[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.kill()
})

/** Starts GitHub, with these comments, and gives what the action does there. */
async function startGitHub(comments: readonly object[] = []) {
  const file = join(projectFolder, 'tests/support/fake-github.mjs')
  const server = spawn(process.execPath, [file, JSON.stringify(comments)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  servers.push(server)
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
  const { value: port } = await lines.next()
  const comment = async (summary: string, given: NodeJS.ProcessEnv = {}) => {
    const env = {
      ...process.env,
      ...{ TOKEN: 'own', NAME: 'gate-results', PULL_REQUEST: '7', GITHUB_RUN_ID: '5' },
      SUMMARY: join(makeFolder({ 'summary.md': summary }), 'summary.md'),
      GITHUB_API_URL: `http://127.0.0.1:${port}`,
      GITHUB_REPOSITORY: 'owner/name',
      GITHUB_SERVER_URL: 'https://example.org',
      ...given,
    }
    const program = join(projectFolder, 'tools/action/comment.mjs')
    return spawnSync(process.execPath, [program], { encoding: 'utf8', env })
  }
  const nextChange = async () => JSON.parse((await lines.next()).value)
  return { comment, nextChange }
}

describe('the comment', () => {
  it('is written once, and then updated', async () => {
    const { comment, nextChange } = await startGitHub()
    expect((await comment('## First')).status).toBe(0)
    const first = await nextChange()
    expect(first).toMatchObject({ method: 'POST', body: expect.stringContaining('## First') })
    expect(first.body).toContain('https://example.org/owner/name/actions/runs/5')
    await comment('## Second')
    expect(await nextChange()).toMatchObject({
      method: 'PATCH',
      id: 1000,
      body: expect.stringMatching(/^<!-- migration-proof: gate-results -->\n## Second\n/),
    })
  })

  it('is found behind others, and no person who quotes it is taken for it, nor another project', async () => {
    const others = Array.from({ length: 150 }, (_, id) => ({ id, body: null, user: { type: 'User' } }))
    const quoted = { id: 200, body: '<!-- migration-proof: gate-results -->', user: { type: 'User' } }
    const other = { id: 201, body: '<!-- migration-proof: other -->', user: { type: 'Bot' } }
    const own = { id: 202, body: '<!-- migration-proof: gate-results -->\nold', user: { type: 'Bot' } }
    const { comment, nextChange } = await startGitHub([...others, quoted, other, own])
    await comment('## New')
    expect(await nextChange()).toMatchObject({ method: 'PATCH', id: 202 })
  })

  it.for([
    ['sections', `## Title\n\n<details open>\n${'a'.repeat(40_000)}\n</details>`.repeat(3)],
    [
      'problems',
      `## Title\n\n### What must be fixed\n${`\n- ❌ ${'a'.repeat(1000)}`.repeat(100)}\n\n<details>b</details>`,
    ],
  ])('with too long %s ends between two of them', async ([, summary = '']) => {
    const { comment, nextChange } = await startGitHub()
    await comment(summary)
    const { body } = await nextChange()
    expect(body.length).toBeLessThan(65_536)
    expect(body.length).toBeGreaterThan(40_000)
    expect(body.match(/<details/g)?.length).toBe(body.match(/<\/details>/g)?.length)
    expect(body).toMatch(/a(\n<\/details>)?(## Title)?\n\n\[The whole summary/)
  })

  it.for([
    ['of a fork', { TOKEN: 'fork' }, 'notice', 'as that of a fork'],
    ['that is not known', { TOKEN: 'none' }, 'notice', 'may not write'],
    ['that is missing', { TOKEN: '' }, 'notice', 'there is no token'],
    ['without a pull request', { PULL_REQUEST: '' }, 'notice', 'no run of a pull request'],
    ['of a server that fails', { TOKEN: 'broken' }, 'warning', 'status 500'],
    ['of no server', { GITHUB_API_URL: 'http://127.0.0.1:1' }, 'warning', 'of an error'],
  ] as const)('with a token %s is one sentence in the log', async ([, given, level, why]) => {
    const { comment } = await startGitHub()
    const { status, stdout, stderr } = await comment('## Title', given)
    expect(stdout).toMatch(new RegExp(`^::${level} title=migration-proof::No comment was written[^\\n]+\\n$`))
    expect(stdout).toContain(why)
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })
})
