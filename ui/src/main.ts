// Starts the counter's screens.
// First, so that the order of its layers holds for every screen's own sheet.
import './app.css';
import { mount } from 'svelte';
import App from './App.svelte';

const target = document.getElementById('app');
if (target) mount(App, { target });
