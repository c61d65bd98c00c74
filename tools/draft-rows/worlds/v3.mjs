import { follow, like, post, profile, recordLexicon, strongRef } from '../lexicons.mjs'
import { mingle, writeFollow, writePost, writeProfile } from '../people.mjs'
import { createWorld } from '../world.mjs'

const albumName = 'org.example.photo.album'

const album = recordLexicon(albumName, 'Photographs that belong together.', {
  required: ['title', 'photos', 'createdAt'],
  properties: {
    title: { type: 'string', maxGraphemes: 150 },
    photos: { type: 'array', maxLength: 60, items: { type: 'ref', ref: '#photo' } },
    fingerprint: { type: 'bytes', maxLength: 64, description: 'A hash that the camera made.' },
    source: { type: 'cid-link' },
    public: { type: 'boolean', default: true },
    createdAt: { type: 'string', format: 'datetime' },
  },
  defs: {
    photo: {
      type: 'object',
      required: ['image', 'alt'],
      properties: {
        image: { type: 'blob', accept: ['image/jpeg', 'image/png', 'image/avif'], maxSize: 1000000 },
        alt: { type: 'string', maxGraphemes: 300 },
        aspect: { type: 'ref', ref: '#aspect' },
      },
    },
    aspect: {
      type: 'object',
      required: ['width', 'height'],
      properties: { width: { type: 'integer', minimum: 1 }, height: { type: 'integer', minimum: 1 } },
    },
  },
})

const captions = ['dawn', 'ราตรี', 'قمر', 'ירח', '月', 'a door, closed', 'a door, open', '👩🏿‍🎨 at work', '']

/** A development build of 2025-11-08, set up fresh: photographers, and the index on cid that they asked for. */
export function draft() {
  const world = createWorld({
    name: 'v3',
    headline:
      'A development build of 2025-11-08, set up fresh: photographers; one content in two repositories.',
    startedAt: '2025-11-08T10:01:20Z',
  })
  world.history([
    [1n, '2025-11-08 10:01:19'],
    [2n, '2025-11-08 10:01:19'],
    [3n, '2025-11-08 10:01:19'],
  ])
  for (const document of [strongRef, post, like, follow, profile, album]) world.lexicon(document)

  const somchai = world.person('somchai.example.com')
  const rania = world.person('rania.photo.example.net')
  const oren = world.person('oren.example.org')
  const lucia = world.person('lucia.example.com')
  const museum = world.person('museum.example.org', { did: 'did:web:museum.example.org' })
  const deleted = world.person(null)
  world.person('handle.invalid')

  writeProfile(world, somchai, 'สมชาย 📷', 'ถ่ายภาพกลางคืน', { avatar: true })
  writeProfile(world, rania, 'رانيا', 'أصوّر الأبواب.', { avatar: true })
  writeProfile(world, lucia, 'Lucía', 'Ñandú, pingüino, corazón.')
  writeProfile(world, deleted, '', '', { createdAt: false })

  const posts = [
    writePost(world, somchai, 'พระจันทร์เต็มดวงคืนนี้ ใครไปดูบ้าง 🌕', 'th'),
    writePost(world, rania, 'بابٌ أزرق في زقاق ضيّق 💙', 'ar'),
    writePost(world, oren, 'צילמתי את אותה הדלת שלוש פעמים.', 'he'),
    writePost(world, lucia, '¿Quién dejó la luz encendida? 🏮👨‍👨‍👦', 'es'),
    writePost(world, museum, 'Open late on Fridays; closed on \u0000 days (a bug on our side).', 'en'),
  ]
  posts.push(writePost(world, oren, 'אני בא', 'he', { reply: { root: posts[0], parent: posts[0] } }))
  mingle(world, [somchai, rania, oren, lucia, museum], posts, { likes: 9, follows: 6 })
  sameContentTwice(world, { somchai, rania, museum })
  albums(world, { somchai, rania, lucia, museum })
  logins(world, { somchai, rania, oren, lucia })
  world.config('domain_authority', 'org.example')
  world.config('title', 'แกลเลอรี / גלריה')
  world.config('empty', '')
  world.config('features', '{"uploads":true,"limit":9007199254740993}')
  return world.finish()
}

/** Two people follow one account with the same words in the same millisecond: two URIs, one CID. */
function sameContentTwice(world, { somchai, rania, museum }) {
  const original = writeFollow(world, somchai, museum)
  const row = world.rowsOf('record').find(({ uri }) => uri === original.uri)
  const rkey = original.uri.split('/').at(-1)
  world.put(rania, 'app.bsky.graph.follow', rkey, JSON.parse(row.json))
}

function albums(world, { somchai, rania, lucia, museum }) {
  const photo = () => ({
    image: world.blob('image/jpeg'),
    alt: world.random.pick(captions),
    aspect: { width: world.random.int(3, 4), height: world.random.int(2, 3) },
  })
  world.write(somchai, albumName, {
    title: 'ราตรี',
    photos: Array.from({ length: 30 }, photo),
    createdAt: undefined,
  })
  world.write(rania, albumName, {
    title: 'أبواب',
    photos: [photo(), photo()],
    fingerprint: { $bytes: Buffer.from(world.random.bytes(32)).toString('base64').replace(/=+$/, '') },
    createdAt: undefined,
  })
  const { ref } = world.blob('application/octet-stream')
  world.write(lucia, albumName, {
    title: 'Puertas',
    photos: [photo()],
    source: ref,
    public: false,
    createdAt: undefined,
  })
  world.write(museum, albumName, { title: '', photos: [], createdAt: undefined })
}

function logins(world, { somchai, rania, oren, lucia }) {
  world.session(somchai, { expires_at: world.secondsNow() - 7_200n })
  world.session(rania, { refresh_token: null })
  world.session(oren, { expires_at: null })
  world.session(lucia, { expires_at: world.secondsNow() + 2_592_000n })
  world.session(somchai, { session_id: null, expires_at: world.secondsNow() - 60n })
  world.session(rania, { session_id: null, refresh_token: '' })
  world.session(oren, { expires_at: 9_223_372_036_854_775_807n })
  world.session(lucia, { access_token: world.random.bytes(20), created_at: 'yesterday' })
  world.state('somchai.example.com')
  world.state(rania.did, { state_id: 'state\0with-nul' })
  world.state('')
  world.state('lucia.example.com', { created_at: 1_762_604_000.75 })
}
