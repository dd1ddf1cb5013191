import assert from 'node:assert/strict';
import { looksLikeSecret, withoutSpokenSecrets } from '../../src/core/secret-shapes.ts';
import { processorMs } from '../processor-time.ts';

const random = 'aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7b';

describe('recognising credentials by their shape', () => {
  for (const [kind, text] of [
    ['AWS access key', 'key: AKIAIOSFODNN7EXAMPLE'],
    ['AWS secret key', `AWS_SECRET_ACCESS_KEY=${random}`],
    ['GitHub token', `ghp_${random.slice(0, 36)}`],
    ['GitHub token', `github_pat_${random}${random}`],
    ['GitLab token', `glpat-${random.slice(0, 20)}`],
    ['Slack token', 'xoxb-123456789012-abcdefABCDEF'],
    ['private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIE'],
    ['private key', '-----BEGIN PRIVATE KEY-----'],
    ['JSON web token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'],
    ['password in a connection string', 'postgres://app:hunter2@db:5432/app'],
    ['password in a connection string', 'redis://:hunter2@cache/0'],
    ['password in a connection string', 'Server=tcp:db,1433;Database=app;User ID=sa;Password=hunter2;'],
  ] as const) {
    it(`sees a ${kind} in ${text.slice(0, 24)}…`, () => {
      assert.equal(looksLikeSecret(text)?.kind, kind);
    });
  }

  it('says where the secret part stands', () => {
    const text = 'url: postgres://app:hunter2@db/app';
    const shape = looksLikeSecret(text);
    assert.equal(text.slice(shape!.start, shape!.start + shape!.length), 'hunter2');
  });

  for (const text of [
    'postgres://app:${{ secrets.DB_PASSWORD }}@db/app',
    'postgres://app:$DB_PASSWORD@db/app',
    'postgres://app:<password>@db/app',
    'postgres://app@db:5432/app',
    'https://example.com:8443/path?mail=a@b.c',
    'oci://registry.example.com:5000/charts/app@sha256:0123456789abcdef',
    'git@github.com:owner/repo.git',
    'ssh://git@host:22/repo',
    'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    '-----BEGIN CERTIFICATE-----',
    '-----BEGIN PUBLIC KEY-----',
    'sk-learn-pipeline',
    'AKIA',
    'Server=db;Password={{ password }};',
    '123e4567-e89b-12d3-a456-426614174000',
    'the task is named deploy_infrastructure_and_everything_else_that_belongs_to_it',
  ]) {
    it(`lets ${text.slice(0, 40)} pass`, () => {
      assert.equal(looksLikeSecret(text), undefined);
    });
  }

  it('looks at a megabyte of anything in well under a second', () => {
    for (const unit of ['a', 'aws secret ', 'a://:', 'server=a;', 'eyJ', 'xoxb', '-----BEGIN ']) {
      const text = unit.repeat(Math.ceil(1_000_000 / unit.length));
      const took = processorMs(() => void looksLikeSecret(text));
      assert.ok(took < 1500, `${unit}: ${took} ms`);
    }
  });
});

describe('a password as people say it', () => {
  for (const [said, masked] of [
    ['postgres with the password hunter2hunter2 in plain text', 'postgres with the password *** in plain text'],
    ["redis, password is 'letmein', port 6379", "redis, password is '***', port 6379"],
    ['api key: a1b2c3d4e5 for the mailer', 'api key: *** for the mailer'],
  ] as const)
    it(`is masked in: ${said}`, () => assert.equal(withoutSpokenSecrets(said, '***'), masked));

  for (const text of [
    'a password from the secret db-credentials',
    'password ${DB_PASSWORD}, user app',
    'postgres:16 whose password comes from secret pg17, key password',
    'the token must never be mounted',
    'the image token-service:1.2.3 and a password-reset-v2 job',
  ])
    it(`leaves alone: ${text}`, () => assert.equal(withoutSpokenSecrets(text, '***'), text));
});
