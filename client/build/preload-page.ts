/** A vite plugin: the page names the code that its small entry imports, so that both are fetched at once, and the entry waits for nothing. */
import type { Plugin } from 'vite';

/**
 * @param page path of the page; others, such as frames, have nothing to do with that code
 * @param source path of the imported module, as its end
 */
export function preloadPage(page: string, source: string): Plugin {
  return {
    name: 'praxis-preload-page',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {}, path }) {
        if (path !== page) return html;
        const chunk = Object.values(bundle).find(
          (output) => output.type === 'chunk' && output.facadeModuleId?.endsWith(source),
        );
        if (chunk?.type !== 'chunk') return html;
        const styles = [...(chunk.viteMetadata?.importedCss ?? [])];
        return {
          // Otherwise it would wait for the style sheet.
          html: html.replace('<script type="module"', '<script type="module" async'),
          tags: [
            { tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href: `/${chunk.fileName}` } },
            ...styles.map((file) => ({
              tag: 'link',
              attrs: { rel: 'stylesheet', crossorigin: true, href: `/${file}` },
            })),
          ].map((tag) => ({ ...tag, injectTo: 'head' as const })),
        };
      },
    },
  };
}
