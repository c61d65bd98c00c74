import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { DiagnosedError } from '../../errors.ts'
import { UsageError } from '../errors.ts'

/** A repository of git, as the folder of a project sees it. */
export interface Repository {
  /** The root of its working tree. */
  readonly root: string
  /** The folder of the project below the root, with slashes and one at the end; empty at the root. */
  readonly prefix: string
}

/** The repository that a folder is in; null where there is none, or no git. */
export function findRepository(folder: string): Repository | null {
  const { status, stdout } = spawnSync('git', ['rev-parse', '--show-toplevel', '--show-prefix'], {
    cwd: folder,
    encoding: 'utf8',
  })
  if (status !== 0) return null
  const [root = '', prefix = ''] = stdout.split('\n')
  return { root, prefix }
}

/** Whether a folder is in a repository in which anything was committed. */
export function hasCommits(folder: string): boolean {
  return tryGit(folder, ['rev-parse', '--verify', '--quiet', 'HEAD']) !== null
}

/**
 * The commit of a branch or tag.
 *
 * @throws {UsageError} when the repository has none of that name
 */
export function findCommit({ root }: Repository, ref: string): string {
  // A name that begins with a hyphen would be an option of git.
  if (ref.startsWith('-'))
    throw noCommit(ref, 'a name that begins with a hyphen', 'give the name of a branch or tag')
  const commit = tryGit(root, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`])
  if (commit !== null) return commit
  const remote = tryGit(root, ['rev-parse', '--verify', '--quiet', `origin/${ref}^{commit}`])
  if (remote !== null)
    throw noCommit(ref, 'a branch of the remote only', `perhaps --base origin/${ref} was meant`)
  throw noCommit(
    ref,
    'none of that name in this clone',
    `fetch it with \`git fetch origin ${ref}\`; in GitHub Actions give actions/checkout \`fetch-depth: 0\``,
  )
}

/**
 * The commit where the work of this tree parted from another commit, so that what the other has got since then
 * is not taken for a change of this one. Where the two have no common past, the other commit itself.
 *
 * @throws {UsageError} when the clone is too shallow to say
 */
export function findOrigin({ root }: Repository, ref: string, commit: string): string {
  const origin = tryGit(root, ['merge-base', commit, 'HEAD'])
  if (origin !== null) return origin
  if (tryGit(root, ['rev-parse', '--is-shallow-repository']) === 'true') {
    throw noCommit(
      ref,
      'a shallow clone, which ends before the two meet',
      'run `git fetch --unshallow`; in GitHub Actions give actions/checkout `fetch-depth: 0`',
    )
  }
  return commit
}

/**
 * Writes the files of a project, as a commit has them, into an empty folder. Links and submodules are left out.
 */
export function writeTree({ root, prefix }: Repository, commit: string, folder: string): void {
  const paths = prefix === '' ? [] : [prefix]
  const listing = git(root, ['ls-tree', '-r', '-z', '--full-tree', commit, '--', ...paths])
  const files = listing
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      const [, hash, name] = /^100\d{3} blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? []
      return hash === undefined || name === undefined ? [] : [{ hash, name: name.slice(prefix.length) }]
    })
  const blobs = readBlobs(
    root,
    files.map(({ hash }) => hash),
  )
  files.forEach(({ name }, index) => {
    const target = join(folder, name)
    if (relative(folder, target).startsWith('..')) return
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, blobs[index] ?? '')
  })
}

/** See https://git-scm.com/docs/git-cat-file#_batch_output */
function readBlobs(root: string, hashes: readonly string[]): Buffer[] {
  const output = git(root, ['cat-file', '--batch'], `${hashes.join('\n')}\n`)
  let offset = 0
  return hashes.map(() => {
    const end = output.indexOf(10, offset)
    const [, , size = '0'] = output.toString('utf8', offset, end).split(' ')
    const blob = output.subarray(end + 1, end + 1 + Number(size))
    offset = end + 1 + Number(size) + 1
    return blob
  })
}

const largestOutputBytes = 1 << 30

function git(folder: string, parameters: readonly string[], input = ''): Buffer {
  const { status, stdout, stderr, error } = spawnSync('git', [...parameters], {
    cwd: folder,
    input,
    maxBuffer: largestOutputBytes,
  })
  if (status === 0) return stdout
  throw new DiagnosedError({
    where: `git ${parameters.slice(0, 2).join(' ')}`,
    expected: 'success',
    actual: error?.message ?? stderr.toString('utf8').trim(),
    fix: 'repair the repository, or leave --base out',
  })
}

function tryGit(folder: string, parameters: readonly string[]): string | null {
  const { status, stdout } = spawnSync('git', [...parameters], { cwd: folder, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}

function noCommit(ref: string, actual: string, fix: string): UsageError {
  return new UsageError({
    where: `--base ${ref}`,
    expected: 'a branch, a tag or a commit of this repository',
    actual,
    fix,
  })
}
