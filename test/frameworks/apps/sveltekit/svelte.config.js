import adapter from '@sveltejs/adapter-node';

export default { kit: { adapter: adapter(), files: { appTemplate: 'app.html', routes: 'routes' } } };
