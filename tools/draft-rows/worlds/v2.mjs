import { like, post, profile, recordLexicon, strongRef } from '../lexicons.mjs'
import { mingle, writePost, writeProfile } from '../people.mjs'
import { createWorld } from '../world.mjs'

const visitName = 'net.example.places.visit'

const definitions = {
  lexicon: 1,
  id: 'net.example.places.defs',
  defs: {
    geo: {
      type: 'object',
      description: 'Degrees as text, since the protocol has no fractions.',
      required: ['latitude', 'longitude'],
      properties: {
        latitude: { type: 'string', maxLength: 20 },
        longitude: { type: 'string', maxLength: 20 },
        altitudeMetres: { type: 'integer' },
      },
    },
    track: {
      type: 'object',
      required: ['points'],
      properties: { points: { type: 'array', maxLength: 500, items: { type: 'ref', ref: '#geo' } } },
    },
  },
}

const visit = recordLexicon(visitName, 'Somebody was somewhere.', {
  key: 'any',
  required: ['name', 'where', 'createdAt'],
  properties: {
    name: { type: 'string', maxGraphemes: 200 },
    where: { type: 'union', refs: ['net.example.places.defs#geo', 'net.example.places.defs#track'] },
    companions: { type: 'array', items: { type: 'string', format: 'did' } },
    remark: { type: 'string', maxGraphemes: 500 },
    createdAt: { type: 'string', format: 'datetime' },
  },
})

const countVisits = {
  lexicon: 1,
  id: 'net.example.places.countVisits',
  defs: {
    main: {
      type: 'query',
      parameters: {
        type: 'params',
        required: ['actor'],
        properties: { actor: { type: 'string', format: 'at-identifier' } },
      },
      output: {
        encoding: 'application/json',
        schema: { type: 'object', required: ['count'], properties: { count: { type: 'integer' } } },
      },
    },
  },
}

/** v0.1.0 for a day, then v0.4.0: walkers, whose operator never loaded the lexicon of follows. */
export function draft() {
  const world = createWorld({
    name: 'v2',
    headline: 'v0.1.0 for a day, then v0.2.0 to v0.4.0, on which it stayed: a club of walkers.',
    startedAt: '2025-11-05T21:40:00Z',
    pace: 4,
  })
  world.history([
    [1n, '2025-11-05 21:39:57'],
    [2n, '2025-11-06 22:03:10'],
  ])
  for (const document of [definitions, visit, countVisits, strongRef, post, like, profile])
    world.lexicon(document)

  const siri = world.person('siri.example.org')
  const farhad = world.person('farhad.example.com')
  const eleni = world.person('eleni.hills.example.net')
  const jun = world.person('jun.example.org')
  const hut = world.person('hut.example.net', { did: 'did:web:hut.example.net' })
  world.person(null)
  world.person(null, { indexedAt: '2025-11-06T05:00:00.000Z' })
  world.person('long-name-of-somebody-who-walks-a-lot.and-has-a-domain.example.com')

  writeProfile(world, siri, 'Siri på fjellet', 'Går sakte. Æ ø å.', { avatar: true })
  writeProfile(world, farhad, 'فرهاد', 'کوه‌نورد؛ نیم‌فاصله را دوست دارم.')
  writeProfile(world, eleni, 'Ελένη ⛰️', 'Ανεβαίνω και κατεβαίνω.', { avatar: true })
  writeProfile(world, jun, '준', '')

  const posts = [
    writePost(world, siri, 'Første snø på toppen! 🏔️🧗🏼‍♀️', 'nb'),
    writePost(world, farhad, 'امروز مه تا کمر کوه پایین آمده بود.', 'fa'),
    writePost(world, eleni, 'Ο δρόμος έκλεισε· γυρίσαμε από την άλλη πλευρά.', 'el'),
    writePost(world, jun, '정상에서 컵라면. 이게 인생이지 🍜', 'ko'),
    writePost(world, hut, 'Beds tonight: 4. Beds tomorrow: 0; call first.', 'en'),
    writePost(world, siri, '\tTabs, "quotes", back\\slashes and\r\nnew lines all survive.', 'en'),
  ]
  posts.push(writePost(world, eleni, 'Καλή ανάβαση!', 'el', { reply: { root: posts[0], parent: posts[0] } }))
  mingle(world, [siri, farhad, eleni, jun, hut], posts, { likes: 8, follows: 8 })
  visits(world, { siri, farhad, eleni, jun, hut })
  logins(world, { siri, farhad, eleni, jun })
  world.pass(7_200, 9_000)
  world.config('domain_authority', 'net.example')
  world.config('oauth_client_id', `client-${world.random.token(12)}`)
  world.config('banner', 'سلام 👋🏽 از کوه')
  world.config('contact', '')
  world.config('note', 'seen\0by nobody')
  world.config('logo', world.random.bytes(24))
  return world.finish()
}

function visits(world, { siri, farhad, eleni, jun, hut }) {
  const geo = 'net.example.places.defs#geo'
  const point = () => ({
    latitude: `61.${world.random.int(100000, 999999)}`,
    longitude: `8.${world.random.int(100000, 999999)}`,
    altitudeMetres: world.random.int(-12, 2469),
  })
  const track = { $type: 'net.example.places.defs#track', points: Array.from({ length: 78 }, point) }
  world.write(
    siri,
    visitName,
    { name: 'Rundtur', where: track, companions: [eleni.did, hut.did], createdAt: undefined },
    'rundtur-2025',
  )
  world.write(
    farhad,
    visitName,
    { name: 'دماوند', where: { $type: geo, ...point() }, createdAt: undefined },
    'damavand',
  )
  world.write(
    jun,
    visitName,
    { name: '산', where: { $type: geo, ...point() }, remark: '', createdAt: undefined },
    'a',
  )
  world.write(
    eleni,
    visitName,
    { name: '_', where: { $type: geo, ...point() }, createdAt: undefined },
    '~.:_-',
  )
  const long = 'The path is steep; the view is not guaranteed. '.repeat(9).trim()
  world.write(hut, visitName, {
    name: 'Hut',
    where: { $type: geo, ...point() },
    remark: long,
    createdAt: undefined,
  })
}

function logins(world, { siri, farhad, eleni, jun }) {
  world.session(siri, { expires_at: world.secondsNow() - 3_600n })
  world.session(farhad, { refresh_token: null })
  world.session(eleni, { expires_at: null, refresh_token: null })
  world.session(jun, { expires_at: world.secondsNow() + 5_184_000n })
  world.session(siri, { expires_at: 9_007_199_254_740_993n })
  world.session(farhad, { created_at: -9_223_372_036_854_775_808n, expires_at: -1n })
  world.session(jun, { expires_at: Number.POSITIVE_INFINITY })
  world.state('siri.example.org')
  world.state(eleni.did)
  world.state('')
  world.state('فرهاد')
}
