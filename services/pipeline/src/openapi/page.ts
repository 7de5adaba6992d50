import { type Operation, operations, parameters } from './operations.ts';

/** All text is our own; what is a sign of HTML in it is shown as it stands. */
const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

function section(path: string, method: string, operation: Operation): string {
  const { summary, scope, query = [], body, answers, refusals = [] } = operation;
  const rows = query.map((name) => {
    const schema = parameters[name].schema as Record<string, unknown>;
    const values = (schema.enum ?? (schema.items as { enum?: string[] } | undefined)?.enum ?? []) as string[];
    return `<tr><td><code>${name}</code></td><td>${escapeHtml(values.join(', ') || String(schema.type))}</td></tr>`;
  });
  const successes = Object.entries(answers).map(([status, content]) => `${status} ${content ?? ''}`.trim());
  return `<section>
<h2><code>${method.toUpperCase()} ${escapeHtml(path)}</code></h2>
<p>${escapeHtml(summary)}. Scope <code>${scope}</code>.</p>
${rows.length > 0 ? `<table><caption>Parameters</caption>${rows.join('')}</table>` : ''}
${body ? `<p>Body: <code>${body}</code> as JSON.</p>` : ''}
<p>Answers ${escapeHtml(successes.join(', '))}; refuses with ${[401, 403, 429, ...refusals].join(', ')}.</p>
</section>`;
}

/** The API for people to read: works without scripts, and says where the whole description is. */
export const docsPage = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sales API</title><link rel="stylesheet" href="/docs/page.css"></head>
<body><main>
<h1>Sales API</h1>
<p>Send an API key or an access token as <code>Authorization: Bearer …</code>. The whole description, schemas included,
is <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
${Object.entries(operations)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => section(path, method, operation)),
  )
  .join('\n')}
</main></body></html>
`;

export const docsStyle = `
body { font: 1rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; margin: 0; }
main { max-width: 50rem; margin: 0 auto; padding: 1rem; }
section { border-top: 1px solid #bbb; }
h2 { font-size: 1.1rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; }
caption { text-align: left; font-weight: 600; }
td { padding: .2rem 1rem .2rem 0; vertical-align: top; }
`;
