// Starts the counter's screens, or the resident's in its own window.
// First, so that the order of its layers holds for every screen's own sheet.
import './app.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { isResidentWindow } from './lib/api';
import SecondScreen from './readback/SecondScreen.svelte';

const target = document.getElementById('app');
if (target) mount(isResidentWindow() ? SecondScreen : App, { target });
