// What GitHub does with comments on pull request 7 of owner/name, in a process of its own: it prints its port and then each request
// that changes something, and holds comments in memory. The token `fork` may only read.
import { createServer } from 'node:http'

const comments = JSON.parse(process.argv[2] ?? '[]')

const server = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const { status, body } = answer(request, Buffer.concat(chunks).toString())
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
})

function answer({ method, url, headers }, text) {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  if (headers.authorization === 'Bearer broken') return { status: 500, body: {} }
  if (headers.authorization === 'Bearer none') return { status: 401, body: {} }
  if (method === 'GET' && pathname === '/repos/owner/name/issues/7/comments') {
    const size = Number(searchParams.get('per_page'))
    const start = (Number(searchParams.get('page')) - 1) * size
    return { status: 200, body: comments.slice(start, start + size) }
  }
  if (headers.authorization === 'Bearer fork')
    return { status: 403, body: { message: 'Resource not accessible by integration' } }
  const { body } = JSON.parse(text)
  if (body.length > 65_536) return { status: 422, body: { message: 'body is too long' } }
  const [, id] = /^\/repos\/owner\/name\/issues\/comments\/(\d+)$/.exec(pathname) ?? []
  const known = comments.find((comment) => `${comment.id}` === id)
  console.log(JSON.stringify({ method, id: known?.id ?? null, body }))
  if (method === 'PATCH' && known !== undefined) {
    known.body = body
    return { status: 200, body: known }
  }
  if (method === 'POST' && pathname === '/repos/owner/name/issues/7/comments') {
    const comment = { id: 1000 + comments.length, body, user: { type: 'Bot' } }
    comments.push(comment)
    return { status: 201, body: comment }
  }
  return { status: 404, body: {} }
}

server.listen(0, '127.0.0.1', () => console.log(server.address().port))
