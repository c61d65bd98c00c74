#!/usr/bin/env node
// @ts-check
// Keeps one comment on a pull request with the summary of the gate: it finds its own by a mark, and writes it again. It runs none
// of the code of the pull request. A token of a fork may not write: then the summary of the job is all there is, and one
// sentence says so.
import { readFileSync } from 'node:fs'

/** By which the comment is found again. One for each name, so that two projects of a repository have one each. */
const markOf = (/** @type {string} */ name) =>
  `<!-- migration-proof: ${name.replaceAll(/[^\w./ -]/g, '_')} -->`

/** What GitHub takes: https://docs.github.com/en/rest/issues/comments */
const mostCharacters = 65_536
const perPage = 100

/**
 * The summary as far as a comment may be long. It ends between two sections, or between two problems.
 *
 * @param {string} summary
 * @param {number} most
 */
function clip(summary, most) {
  if (summary.length <= most) return summary
  const whole = summary.slice(0, most)
  const ends = ['\n\n<details', '\n- '].map((mark) => whole.lastIndexOf(mark))
  const [section = -1, problem = -1] = ends
  return whole.slice(0, Math.max(0, section > 0 ? section : problem))
}

/**
 * @param {string} reason
 * @param {'notice' | 'warning'} level
 */
function giveUp(reason, level = 'notice') {
  const sentence = `No comment was written, because ${reason}: the summary of this job has all that it would say.`
  console.log(
    `::${level} title=migration-proof::${sentence.replaceAll('%', '%25').replaceAll(/[\r\n]+/g, ' ')}`,
  )
}

/** Thrown where the server refuses a request. */
class RefusedError extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

const { TOKEN: token, SUMMARY: file = '', NAME: name = '', PULL_REQUEST: pullRequest } = process.env
const { GITHUB_API_URL: api, GITHUB_REPOSITORY: repository, GITHUB_SERVER_URL: server } = process.env
const { GITHUB_RUN_ID: runId } = process.env

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function request(method, path, body) {
  const response = await fetch(`${api}/repos/${repository}/${path}`, {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'x-github-api-version': '2022-11-28',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new RefusedError(response.status, `${method} ${path}: status ${response.status}`)
  return response.json()
}

/** The id of the comment that an earlier run wrote; null where there is none. A person who quotes it is no earlier run. */
async function findComment() {
  for (let page = 1; ; page += 1) {
    /** @type {{ readonly id: number, readonly body?: string | null, readonly user?: { readonly type?: string } | null }[]} */
    const comments = await request('GET', `issues/${pullRequest}/comments?per_page=${perPage}&page=${page}`)
    const own = comments.find(({ body, user }) => user?.type === 'Bot' && body?.startsWith(markOf(name)))
    if (own !== undefined) return own.id
    if (comments.length < perPage) return null
  }
}

async function writeComment() {
  const page = `${server}/${repository}/actions/runs/${runId}`
  const end = `\n\n[The whole summary, and the report among the artifacts](${page})\n`
  const room = mostCharacters - markOf(name).length - end.length - 2
  const body = `${markOf(name)}\n${clip(readFileSync(file, 'utf8'), room)}${end}`
  const id = await findComment()
  if (id === null) await request('POST', `issues/${pullRequest}/comments`, { body })
  else await request('PATCH', `issues/comments/${id}`, { body })
  console.log(id === null ? 'Wrote a comment.' : 'Updated the comment.')
}

if (!pullRequest) giveUp('this is no run of a pull request')
else if (!token) giveUp('there is no token')
else {
  try {
    await writeComment()
  } catch (error) {
    const isForbidden = error instanceof RefusedError && [401, 403, 404].includes(error.status)
    if (isForbidden)
      giveUp(
        'the token may not write to the pull request, as that of a fork, or without `pull-requests: write`',
      )
    else giveUp(`of an error: ${error instanceof Error ? error.message : error}`, 'warning')
  }
}
